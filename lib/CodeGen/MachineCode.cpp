//===- MachineCode.cpp - LLVM IR to objects and assembly ------------------===//

#include "CodeGen/CodeGen.h"

#include "llvm/CodeGen/CodeGenTargetMachineImpl.h"
#include "llvm/CodeGen/MachineModuleInfo.h"
#include "llvm/CodeGen/Passes.h"
#include "llvm/CodeGen/TargetPassConfig.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/PassInfo.h"
#include "llvm/PassRegistry.h"

using namespace llvm;

namespace actin {

/// What LLVM would run and a kernel has no use for, by the passes' names. Most
/// of the time that code takes to make went here. Measured over the standard
/// library, the loops are the same without these, or as fast.
static constexpr StringLiteral passesWithoutUse[] = {
    // No atomics, calls, exceptions, memcmp, wide integers or AMX.
    "atomic-expand", "expand-ir-insts", "pre-isel-intrinsic-lowering",
    "expand-memcmp", "mergeicmps", "partially-inline-libcalls",
    "replace-with-veclib", "callbrprepare", "dwarf-eh-prepare",
    "objc-arc-contract", "indirectbr-expand", "x86-lower-amx-intrinsics",
    "x86-lower-amx-type", "tilepreconfig", "x86-tile-config",
    "x86-lower-tile-copy", "x86-cf-opt", "x86-dyn-alloca-expander",
    "x86argumentstackrebase", "x86-suppress-apx-for-relocation",
    "x86-fp-stackifier", "funclet-layout", "cfi-instr-inserter",
    // No garbage collector, debugger, profiler or sanitizer.
    "gc-lowering", "shadow-stack-gc-lowering", "gc-analysis", "debug-ata",
    "removeredundantdebugvalues", "livedebugvalues", "stackmap-liveness",
    "fixup-statepoint-caller-saved", "remove-loads-into-fake-uses",
    "machine-sanmd", "pseudo-probe-inserter", "stack-frame-layout",
    "xray-instrumentation", "patchable-function", "fentry-insert",
    "post-inline-ee-instrument", "regallocscoringpass",
    // No function asks for these protections.
    "safe-stack", "kcfi", "x86-slh", "x86-seses", "x86-lvi-load", "x86-lvi-ret",
    "x86-return-thunks",
    // The loops and their addresses are as they should be.
    "loop-simplify", "canon-freeze", "iv-users", "loop-reduce", "consthoist",
    "codegenprepare", "unreachableblockelim", "interleaved-access",
    "x86-partial-reduction", "machine-combiner", "machine-sink", "machine-cse",
    "x86-avoid-sfb", "x86-optimize-leas", "x86-domain-reassignment", "lrshrink",
    // What runs once a call, not once a vector.
    "early-tailduplication", "tailduplication", "branch-folder", "opt-phis",
    "early-ifcvt", "x86-cmov-conversion", "dead-mi-elimination",
    "stack-coloring", "localstackalloc", "stack-slot-coloring", "shrink-wrap",
    "postra-machine-sink", "machinelicm", "machine-cp", "machine-latecleanup",
    // Out-of-order machines do this, or it only makes the code shorter.
    "post-RA-sched", "x86-fixup-setcc", "x86-fixup-bw-insts", "x86-fixup-leas",
    "x86-fixup-inst-tuning", "x86-fixup-vector-constants", "x86-compress-evex"};

static bool isOfUse(Pass &pass) {
  const PassInfo *info =
      PassRegistry::getPassRegistry()->getPassInfo(pass.getPassID());
  return !info || !is_contained(passesWithoutUse, info->getPassArgument());
}

namespace {
/// Takes what a target would run, and keeps what is of use.
class KernelPassManager : public legacy::PassManagerBase {
public:
  explicit KernelPassManager(MachinePasses choice) : choice(choice) {}

  void add(Pass *pass) override {
    if (choice == MachinePasses::All || isOfUse(*pass))
      passes.add(pass);
    else
      delete pass;
  }
  void run(Module &module) { passes.run(module); }

private:
  MachinePasses choice;
  legacy::PassManager passes;
};
} // namespace

namespace {
/// All that makes files of one kind, and the file being made.
struct FilePasses {
  explicit FilePasses(MachinePasses choice) : stream(file), passes(choice) {}

  static llvm::Expected<std::unique_ptr<FilePasses>>
  create(TargetMachine &machine, CodeGenFileType type, MachinePasses choice);

  SmallVector<char, 0> run(Module &module) {
    passes.run(module);
    return std::exchange(file, {});
  }

  SmallVector<char, 0> file;
  raw_svector_ostream stream;
  KernelPassManager passes;
};
} // namespace

llvm::Expected<std::unique_ptr<FilePasses>>
FilePasses::create(TargetMachine &machine, CodeGenFileType type,
                   MachinePasses choice) {
  auto result = std::make_unique<FilePasses>(choice);
  KernelPassManager &passes = result->passes;
  // As TargetMachine::addPassesToEmitFile, which takes no other pass manager.
  auto &target = static_cast<CodeGenTargetMachineImpl &>(machine);
  auto *info = new MachineModuleInfoWrapperPass(&target);
  TargetPassConfig *config = target.createPassConfig(passes);
  config->setDisableVerify(true);
  passes.add(config);
  passes.add(info);
  bool failed = config->addISelPasses();
  if (!failed) {
    config->addMachinePasses();
    config->setInitialized();
    failed = target.addAsmPrinter(passes, result->stream, nullptr, type,
                                  info->getMMI().getContext());
  }
  if (failed)
    return createStringError("the target cannot emit this file type");
  passes.add(createFreeMachineFunctionPass());
  return result;
}

llvm::Expected<SmallVector<char, 0>> emitMachineCode(Module &module,
                                                     TargetMachine &machine,
                                                     CodeGenFileType type,
                                                     MachinePasses choice) {
  auto passes = FilePasses::create(machine, type, choice);
  if (!passes)
    return passes.takeError();
  return (*passes)->run(module);
}

//===----------------------------------------------------------------------===//
// KernelEmitter
//===----------------------------------------------------------------------===//

// Not for assembly text, which lacks its first directive the second time.
struct KernelEmitter::State {
  std::unique_ptr<FilePasses> passes;
};

KernelEmitter::KernelEmitter(std::unique_ptr<State> state)
    : state(std::move(state)) {}
KernelEmitter::~KernelEmitter() = default;

llvm::Expected<std::unique_ptr<KernelEmitter>>
KernelEmitter::create(TargetMachine &machine) {
  auto passes = FilePasses::create(machine, CodeGenFileType::ObjectFile,
                                   MachinePasses::ForKernels);
  if (!passes)
    return passes.takeError();
  return std::unique_ptr<KernelEmitter>(
      new KernelEmitter(std::make_unique<State>(std::move(*passes))));
}

SmallVector<char, 0> KernelEmitter::emit(Module &module) {
  return state->passes->run(module);
}

} // namespace actin
