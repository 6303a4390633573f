//===- EmitObject.cpp - Functions to one object file ----------------------===//

#include "CodeGen/ObjectModule.h"
#include "Compiler/Compilation.h"
#include "Compiler/Pipeline.h"
#include "Frontend/Frontend.h"

#include "llvm/Bitcode/BitcodeWriter.h"

namespace actin {
namespace {

llvm::CodeGenOptLevel toLevel(int optimization) {
  switch (optimization) {
  case 0:
    return llvm::CodeGenOptLevel::None;
  case 1:
    return llvm::CodeGenOptLevel::Less;
  case 3:
    return llvm::CodeGenOptLevel::Aggressive;
  default:
    return llvm::CodeGenOptLevel::Default;
  }
}

class ObjectEmitter {
public:
  ObjectEmitter(CompilationContext &context, const ObjectOptions &options,
                std::vector<Target> targets, EmitKind kind)
      : context(context), options(options), targets(std::move(targets)),
        kind(kind) {}

  Expected<std::string> run(const std::vector<ObjectFunctionText> &functions);

private:
  Expected<void> prepare();
  Expected<void> addFunction(const ObjectFunctionText &function);
  Expected<void> addVariant(const Activation &activation,
                            const KernelRequest &request, size_t target);
  Expected<std::string> finish();
  Expected<std::string> generate();

  bool isForGpu() const { return isGpu(targets.front()); }
  static Expected<void> toExpected(llvm::Error error) {
    if (error)
      return makeError(llvm::toString(std::move(error)));
    return {};
  }

  CompilationContext &context;
  const ObjectOptions &options;
  std::vector<Target> targets;
  EmitKind kind;
  std::vector<llvm::TargetMachine *> machines; ///< One a target.
  llvm::LLVMContext llvmContext;
  std::optional<ObjectModule> object;
  std::string text; ///< Of MLIR.
};

} // namespace

Expected<void> ObjectEmitter::prepare() {
  for (const Target &target : targets) {
    auto machine = context.getMachine(target, toLevel(options.optimization));
    if (!machine)
      return makeError(llvm::toString(machine.takeError()));
    machines.push_back(*machine);
  }
  object.emplace(llvmContext, targets, *machines.front());
  return {};
}

Expected<void> ObjectEmitter::addVariant(const Activation &activation,
                                         const KernelRequest &request,
                                         size_t target) {
  Compilation compilation(context, request, llvmContext, nullptr);
  llvm::TargetMachine &machine = *machines[target];
  if (!compilation.plan(activation) ||
      !(isForGpu() ? compilation.lowerForGpu(machine)
                   : compilation.lowerForObject(machine)))
    return compilation.takeError();
  if (kind == EmitKind::MLIR) {
    llvm::raw_string_ostream stream(text);
    stream << (text.empty() ? "" : "// -----\n");
    mlir::OpPrintingFlags flags;
    flags.enableDebugInfo(options.debugInfo);
    compilation.getModule().print(stream, flags);
    return {};
  }
  if (!compilation.translate(machine))
    return compilation.takeError();
  std::unique_ptr<llvm::Module> part = compilation.takeLLVMModule();
  std::vector<std::string> symbols;
  for (const llvm::Function &function : *part)
    if (!function.isDeclaration() &&
        (isForGpu() || function.getName() == request.symbol))
      symbols.push_back(function.getName().str());
  return toExpected(object->add(std::move(part), symbols, target));
}

Expected<void> ObjectEmitter::addFunction(const ObjectFunctionText &function) {
  Expected<Activation> activation = parsePrinted(function.formula);
  if (!activation)
    return tl::make_unexpected(activation.error());
  KernelRequest request{function.outputs,     options.compile,
                        IterationSpace::Flat, false,
                        function.symbol,      function.source};
  for (size_t i = 0; i != targets.size(); ++i)
    if (auto added = addVariant(*activation, request, i); !added)
      return added;
  if (kind == EmitKind::MLIR)
    return {};
  return toExpected(object->addChoice(function.symbol));
}

Expected<std::string> ObjectEmitter::generate() {
  auto type = kind == EmitKind::Object ? llvm::CodeGenFileType::ObjectFile
                                       : llvm::CodeGenFileType::AssemblyFile;
  auto machine = context.choose(*machines.front(), object->getModule());
  if (!machine)
    return makeError(llvm::toString(machine.takeError()));
  auto code = emitMachineCode(object->getModule(), **machine, type);
  if (!code)
    return makeError(llvm::toString(code.takeError()));
  std::string bytes(code->begin(), code->end());
  if (kind == EmitKind::Object)
    if (auto checked = toExpected(checkFreestanding(bytes)); !checked)
      return tl::make_unexpected(checked.error());
  return bytes;
}

Expected<std::string> ObjectEmitter::finish() {
  if (options.debugInfo)
    object->joinCompileUnits();
  llvm::raw_string_ostream stream(text);
  switch (kind) {
  case EmitKind::MLIR:
    break;
  case EmitKind::LLVM:
    object->getModule().print(stream, nullptr);
    break;
  case EmitKind::Bitcode:
    llvm::WriteBitcodeToFile(object->getModule(), stream);
    break;
  case EmitKind::Assembly:
  case EmitKind::Object:
  case EmitKind::PTX:
    return generate();
  case EmitKind::InlineLLVM:
  case EmitKind::InlineBitcode:
    return makeError("what other compilers inline is emitted by itself");
  }
  return text;
}

Expected<std::string>
ObjectEmitter::run(const std::vector<ObjectFunctionText> &functions) {
  if (auto prepared = prepare(); !prepared)
    return tl::make_unexpected(prepared.error());
  for (const ObjectFunctionText &function : functions)
    if (auto added = addFunction(function); !added)
      return tl::make_unexpected(added.error());
  return finish();
}

/// The targets, the one that asks for least first.
static Expected<std::vector<Target>>
resolveTargets(const std::vector<std::string> &names) {
  std::vector<Target> targets;
  for (const std::string &name : names) {
    llvm::Expected<Target> target = resolveTarget(name);
    if (!target)
      return makeError(llvm::toString(target.takeError()));
    if (llvm::is_contained(targets, *target))
      return makeError("the target '" + name + "' is listed twice");
    if (!targets.empty() && target->triple != targets.front().triple)
      return makeError("one object cannot hold code for '" +
                       targets.front().triple + "' and for '" + target->triple +
                       "'");
    targets.push_back(std::move(*target));
  }
  if (targets.empty())
    return makeError("no target is given");
  if (targets.size() > 1 && isGpu(targets.front()))
    return makeError("code for a GPU has one target: the least runs on all");
  // By the number of extensions; by name too, so that the order of the list
  // does not matter.
  llvm::sort(targets, [](const Target &a, const Target &b) {
    auto rank = [](const Target &target) {
      return std::make_tuple(getRequiredFeatures(target).size(), target.cpu,
                             target.features);
    };
    return rank(a) < rank(b);
  });
  return targets;
}

Expected<std::string>
Pipeline::emitObject(const std::vector<ObjectFunctionText> &functions,
                     const ObjectOptions &options, EmitKind kind) {
  std::lock_guard<std::mutex> lock(mutex);
  auto targets = resolveTargets(options.targets);
  if (!targets)
    return tl::make_unexpected(targets.error());
  auto fits = checkKind(kind, targets->front());
  if (!fits)
    return tl::make_unexpected(fits.error());
  return ObjectEmitter(getContext(), options, std::move(*targets), kind)
      .run(functions);
}

} // namespace actin
