//===- Embed.cpp - Activations in the code of another compiler ------------===//
//
// The stages of a kernel up to its function over vectors, in a module of its
// own; that function's operations are then copied to the host, once for each
// native vector of its values.
//
//===----------------------------------------------------------------------===//

#include "Compiler/EmbedActivation.h"

#include "Lowering/NarrowFormats.h"
#include "actin/Dialect/Act/Act.h"
#include "actin/Module.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/SymbolTable.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MathExtras.h"

#include <mutex>

using namespace mlir;

namespace actin {

void registerEmbeddedDialects(DialectRegistry &registry) {
  registry
      .insert<act::ActDialect, arith::ArithDialect, func::FuncDialect,
              LLVM::LLVMDialect, math::MathDialect, vector::VectorDialect>();
}

/// Most are loaded already; the host's module need not use all of them.
static void loadDialects(MLIRContext &context) {
  context.loadDialect<act::ActDialect, arith::ArithDialect, func::FuncDialect,
                      LLVM::LLVMDialect, math::MathDialect, scf::SCFDialect,
                      vector::VectorDialect>();
}

/// The traits of the target of that name; making a machine takes long.
static llvm::Expected<TargetTraits> getTraitsOf(llvm::StringRef name) {
  static std::mutex mutex;
  static llvm::StringMap<TargetTraits> known;
  std::lock_guard<std::mutex> lock(mutex);
  if (auto it = known.find(name); it != known.end())
    return it->second;
  llvm::Expected<Target> target = resolveTarget(name);
  if (!target)
    return target.takeError();
  if (isGpu(*target))
    return llvm::createStringError("activations are not embedded in the code "
                                   "of GPUs");
  auto machine = createTargetMachine(*target);
  if (!machine)
    return machine.takeError();
  return known[name] = getTraits(**machine);
}

/// The registers for values of a fixed length: where there are scalable ones,
/// they begin with those.
static TargetTraits ofFixedLength(TargetTraits traits) {
  if (traits.isScalable)
    traits.isScalable = traits.hasMasks = false;
  return traits;
}

namespace {

class Embedder {
public:
  Embedder(OpBuilder &builder, Location location, const Activation &activation,
           const KernelOutputs &outputs, const CompileOptions &options,
           const TargetTraits &traits, const EmbedOperands &operands)
      : b(location, builder), activation(activation), outputs(outputs),
        options(options), traits(ofFixedLength(traits)), operands(operands) {}

  FailureOr<llvm::SmallVector<Value>> emit();

private:
  static constexpr int64_t maxElements = 4096;

  LogicalResult fail(const llvm::Twine &message) {
    return emitError(b.getLoc()) << message;
  }
  LogicalResult readValueType();
  LogicalResult checkOperands();
  LogicalResult lower();
  LogicalResult shareTables();

  Type getComputeElement() const {
    return type == DataType::F64 ? Type(Float64Type::get(b.getContext()))
                                 : Type(Float32Type::get(b.getContext()));
  }
  bool isNarrow() const {
    return type == DataType::F16 || type == DataType::BF16;
  }
  VectorType vectorOf(int64_t count, Type element) const {
    return VectorType::get({count}, element);
  }
  bool isSum(unsigned result);
  Value splat(Type element, double value);
  Value toFlat(Value value);
  Value toCompute(Value value);
  Value fromFlat(Value flat);
  Value readParameter(unsigned index);
  Value getChunk(Value flat, int64_t first);
  Value finishChunk(Value result, unsigned number);
  void append(Value &flat, Value chunk, int64_t first);

  ImplicitLocOpBuilder b;
  const Activation &activation;
  const KernelOutputs &outputs;
  CompileOptions options;
  TargetTraits traits;
  const EmbedOperands &operands;
  Type valueType;   ///< Of inputs and results.
  Type elementType; ///< Its elements.
  DataType type;    ///< The same.
  int64_t numElements = 1, numLanes = 1;
  OwningOpRef<ModuleOp> scratch;
  func::FuncOp body; ///< Over vectors of numLanes.
};

} // namespace

LogicalResult Embedder::readValueType() {
  if (operands.inputs.size() != activation.getInputs().size())
    return fail("expected " + llvm::Twine(activation.getInputs().size()) +
                " inputs, got " + llvm::Twine(operands.inputs.size()));
  valueType = elementType = operands.inputs.front().getType();
  if (auto vector = dyn_cast<VectorType>(valueType)) {
    elementType = vector.getElementType();
    if (vector.isScalable() || vector.getNumElements() > maxElements)
      return fail("the operands must be vectors of a fixed shape and at most " +
                  llvm::Twine(maxElements) + " elements");
    numElements = vector.getNumElements();
  }
  if (elementType.isF32())
    type = DataType::F32;
  else if (elementType.isF64())
    type = DataType::F64;
  else if (elementType.isF16())
    type = DataType::F16;
  else if (elementType.isBF16())
    type = DataType::BF16;
  else
    return emitError(b.getLoc()) << "expected operands of f32, f64, f16 or "
                                    "bf16, or vectors of these, "
                                    "got "
                                 << valueType;
  return success();
}

LogicalResult Embedder::checkOperands() {
  auto check = [&](Value operand, const llvm::Twine &what,
                   Type other) -> LogicalResult {
    if (!operand)
      return fail(what + " is missing");
    if (operand.getType() == valueType || operand.getType() == other)
      return success();
    return emitError(b.getLoc()) << what << " is " << operand.getType()
                                 << ", the first input is " << valueType;
  };
  for (auto [name, input] : llvm::zip(activation.getInputs(), operands.inputs))
    if (failed(check(input, "input '" + llvm::Twine(name) + "'", valueType)))
      return failure();
  if (!outputs.gradients.empty() &&
      failed(check(operands.dout, "dout", valueType)))
    return failure();
  const std::vector<Parameter> &parameters = activation.getParameters();
  if (operands.parameters.size() > parameters.size())
    return fail("expected at most " + llvm::Twine(parameters.size()) +
                " parameters, got " + llvm::Twine(operands.parameters.size()));
  for (size_t i = 0; i != parameters.size(); ++i) {
    Value given =
        i < operands.parameters.size() ? operands.parameters[i] : Value();
    if (!given && parameters[i].defaultValue)
      continue;
    if (failed(check(given, "parameter '" + parameters[i].name + "'",
                     getComputeElement())))
      return failure();
  }
  return success();
}

/// To `body`.
LogicalResult Embedder::lower() {
  options.type = type;
  MathLoweringOptions math = getMathOptions(options, traits);
  math.numLanes =
      std::min<int64_t>(math.numLanes, llvm::PowerOf2Ceil(numElements));
  numLanes = math.numLanes;
  scratch = ModuleOp::create(b.getLoc());
  auto planned = planOverReals(activation, outputs, options, *scratch,
                               [](const char *) {});
  if (failed(planned) || failed(lowerMathToVector(*planned, math)))
    return failure();
  body = *planned;
  return success();
}

/// Copies the constants that the body refers to to where the host's code can
/// see them. Their names say what they hold.
LogicalResult Embedder::shareTables() {
  auto tables = scratch->getOps<LLVM::GlobalOp>();
  if (tables.empty())
    return success();
  Block *block = b.getInsertionBlock();
  Operation *parent = block ? block->getParentOp() : nullptr;
  Operation *symbols =
      parent ? SymbolTable::getNearestSymbolTable(parent) : nullptr;
  if (!symbols)
    return fail("there is no symbol table around the insertion point");
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&symbols->getRegion(0).front());
  for (LLVM::GlobalOp table : tables)
    if (!SymbolTable::lookupSymbolIn(symbols, table.getSymNameAttr()))
      b.clone(*table);
  return success();
}

/// One vector of numLanes.
Value Embedder::splat(Type element, double value) {
  VectorType vector = vectorOf(numLanes, element);
  return arith::ConstantOp::create(
      b, DenseElementsAttr::get(vector, b.getFloatAttr(element, value)));
}

/// A value of the host as one vector of numElements.
Value Embedder::toFlat(Value value) {
  VectorType flat = vectorOf(numElements, elementType);
  return isa<VectorType>(value.getType())
             ? vector::ShapeCastOp::create(b, flat, value).getResult()
             : vector::BroadcastOp::create(b, flat, value).getResult();
}

Value Embedder::fromFlat(Value flat) {
  return isa<VectorType>(valueType)
             ? vector::ShapeCastOp::create(b, valueType, flat).getResult()
             : vector::ExtractOp::create(b, flat, int64_t(0)).getResult();
}

/// The lanes [first, first + numLanes) of `flat`; behind its end 1, which no
/// activation finds hard.
Value Embedder::getChunk(Value flat, int64_t first) {
  if (numElements == numLanes)
    return flat;
  llvm::SmallVector<int64_t> lanes;
  for (int64_t i = first; i != first + numLanes; ++i)
    lanes.push_back(std::min(i, numElements));
  return vector::ShuffleOp::create(b, flat, splat(elementType, 1.0), lanes);
}

/// The first lanes of `chunk` behind what `flat` has: its first `first` lanes.
void Embedder::append(Value &flat, Value chunk, int64_t first) {
  int64_t count = std::min(first + numLanes, numElements);
  if (first == 0 && count == numLanes) {
    flat = chunk;
    return;
  }
  auto lanes = llvm::to_vector(llvm::seq<int64_t>(0, count));
  flat = vector::ShuffleOp::create(b, first == 0 ? chunk : flat, chunk, lanes);
}

/// One vector of the host's elements as the body computes with them.
Value Embedder::toCompute(Value value) {
  if (!isNarrow())
    return value;
  Value bits =
      arith::BitcastOp::create(b, vectorOf(numLanes, b.getI16Type()), value);
  return widenFromBits(b, bits, type, traits);
}

bool Embedder::isSum(unsigned result) {
  auto role = body.getResultAttrOfType<StringAttr>(result, "act.role");
  return role && role.getValue().ends_with("sum");
}

/// A result of the body as one vector of the host's elements.
Value Embedder::finishChunk(Value result, unsigned number) {
  VectorType compute = vectorOf(numLanes, getComputeElement());
  if (isSum(number) && result.getType() != compute)
    result = arith::TruncFOp::create(b, compute, result);
  if (!isNarrow())
    return result;
  return arith::BitcastOp::create(b, vectorOf(numLanes, elementType),
                                  narrowToBits(b, result, type, traits));
}

/// One value an element as a flat vector, or one for all as a native one.
Value Embedder::readParameter(unsigned index) {
  Value given =
      index < operands.parameters.size() ? operands.parameters[index] : Value();
  Type compute = getComputeElement();
  if (!given)
    return splat(compute, *activation.getParameters()[index].defaultValue);
  if (isa<VectorType>(given.getType()))
    return toFlat(given);
  if (given.getType() != compute)
    given = arith::ExtFOp::create(b, compute, given);
  return vector::BroadcastOp::create(b, vectorOf(numLanes, compute), given);
}

FailureOr<llvm::SmallVector<Value>> Embedder::emit() {
  if (failed(readValueType()) || failed(checkOperands()) || failed(lower()) ||
      failed(shareTables()))
    return failure();
  llvm::SmallVector<Value> flats; // As the body's arguments.
  llvm::SmallVector<bool> isTensor;
  auto add = [&](Value flat, bool tensor) {
    flats.push_back(flat);
    isTensor.push_back(tensor);
  };
  for (Value input : operands.inputs)
    add(toFlat(input), true);
  for (unsigned i = 0; i != activation.getParameters().size(); ++i)
    add(readParameter(i),
        i < operands.parameters.size() && operands.parameters[i] &&
            isa<VectorType>(operands.parameters[i].getType()));
  if (operands.dout && !outputs.gradients.empty())
    add(toFlat(operands.dout), true);

  Block &block = body.getBody().front();
  llvm::SmallVector<Value> results(body.getNumResults());
  for (int64_t first = 0; first < numElements; first += numLanes) {
    IRMapping mapping;
    for (auto [argument, flat, tensor] :
         llvm::zip(block.getArguments(), flats, isTensor))
      mapping.map(argument, tensor ? toCompute(getChunk(flat, first)) : flat);
    for (Operation &op : block.without_terminator())
      b.clone(op, mapping);
    for (auto [number, result] :
         llvm::enumerate(block.getTerminator()->getOperands()))
      append(results[number], finishChunk(mapping.lookup(result), number),
             first);
  }
  for (Value &result : results)
    result = fromFlat(result);
  return results;
}

FailureOr<llvm::SmallVector<Value>>
embedActivation(OpBuilder &builder, Location location,
                const Activation &activation, const KernelOutputs &outputs,
                const CompileOptions &options, const TargetTraits &traits,
                const EmbedOperands &operands) {
  return Embedder(builder, location, activation, outputs, options, traits,
                  operands)
      .emit();
}

/// The activation that `request` means, or an error at `location`.
static FailureOr<Activation> findActivation(Location location,
                                            const EmbedRequest &request) {
  Expected<Module> parsed = Module({});
  if (!request.source.empty()) {
    parsed = parseModule(request.source);
    if (!parsed)
      return emitError(location)
             << render(parsed.error(), request.source, "<formula>");
  }
  const Module &module =
      request.source.empty() ? getStandardLibrary() : *parsed;
  const Activation *found = module.find(request.name);
  if (!found && request.name.empty() && module.getActivations().size() == 1)
    found = &module.getActivations().front();
  if (!found)
    return emitError(location)
           << "there is no activation '" << request.name << "'";
  return *found;
}

FailureOr<llvm::SmallVector<Value>>
emitActivation(OpBuilder &builder, Location location,
               const EmbedRequest &request, const EmbedOperands &operands) {
  loadDialects(*builder.getContext());
  FailureOr<Activation> activation = findActivation(location, request);
  if (failed(activation))
    return failure();
  llvm::Expected<TargetTraits> traits = getTraitsOf(request.options.target);
  if (!traits)
    return emitError(location) << llvm::toString(traits.takeError());
  return embedActivation(builder, location, *activation, request.outputs,
                         request.options, *traits, operands);
}

} // namespace actin
