//===- CpuDispatch.cpp - Which of several targets a machine is ------------===//
//
// The processor's answers are words; a target wants some of their bits set, or
// (AArch64) numbers in four of them to be large enough. A table says which
// feature is found where.
//
//===----------------------------------------------------------------------===//

#include "CodeGen/CpuDispatch.h"

#include "CodeGen/CpuFeatures.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/TargetParser/Triple.h"

#include <array>

using namespace llvm;

namespace actin {
namespace {

//===----------------------------------------------------------------------===//
// x86
//===----------------------------------------------------------------------===//

/// What CPUID and XGETBV answer.
enum X86Word {
  Leaf1Ecx,
  Leaf1Edx,
  Leaf7Ebx,
  Leaf7Ecx,
  Leaf7Edx,
  Leaf7Sub1Eax,
  Leaf7Sub1Edx,
  ExtendedEcx,
  ExtendedEdx,
  Xcr0,
  numX86Words
};

struct X86Feature {
  const char *name;
  X86Word word;
  unsigned bit;
};

constexpr X86Feature x86Features[] = {
    {"sse3", Leaf1Ecx, 0},
    {"pclmul", Leaf1Ecx, 1},
    {"ssse3", Leaf1Ecx, 9},
    {"fma", Leaf1Ecx, 12},
    {"cx16", Leaf1Ecx, 13},
    {"sse4.1", Leaf1Ecx, 19},
    {"sse4.2", Leaf1Ecx, 20},
    {"crc32", Leaf1Ecx, 20},
    {"movbe", Leaf1Ecx, 22},
    {"popcnt", Leaf1Ecx, 23},
    {"xsave", Leaf1Ecx, 27},
    {"avx", Leaf1Ecx, 28},
    {"f16c", Leaf1Ecx, 29},
    {"cx8", Leaf1Edx, 8},
    {"cmov", Leaf1Edx, 15},
    {"mmx", Leaf1Edx, 23},
    {"fxsr", Leaf1Edx, 24},
    {"sse", Leaf1Edx, 25},
    {"sse2", Leaf1Edx, 26},
    {"bmi", Leaf7Ebx, 3},
    {"avx2", Leaf7Ebx, 5},
    {"bmi2", Leaf7Ebx, 8},
    {"avx512f", Leaf7Ebx, 16},
    {"avx512dq", Leaf7Ebx, 17},
    {"adx", Leaf7Ebx, 19},
    {"avx512ifma", Leaf7Ebx, 21},
    {"avx512cd", Leaf7Ebx, 28},
    {"avx512bw", Leaf7Ebx, 30},
    {"avx512vl", Leaf7Ebx, 31},
    {"avx512vbmi", Leaf7Ecx, 1},
    {"avx512vbmi2", Leaf7Ecx, 6},
    {"gfni", Leaf7Ecx, 8},
    {"vaes", Leaf7Ecx, 9},
    {"vpclmulqdq", Leaf7Ecx, 10},
    {"avx512vnni", Leaf7Ecx, 11},
    {"avx512bitalg", Leaf7Ecx, 12},
    {"avx512vpopcntdq", Leaf7Ecx, 14},
    {"avx512vp2intersect", Leaf7Edx, 8},
    {"avx512fp16", Leaf7Edx, 23},
    {"avxvnni", Leaf7Sub1Eax, 4},
    {"avx512bf16", Leaf7Sub1Eax, 5},
    {"avxifma", Leaf7Sub1Eax, 23},
    {"avxvnniint8", Leaf7Sub1Edx, 4},
    {"avxneconvert", Leaf7Sub1Edx, 5},
    {"avxvnniint16", Leaf7Sub1Edx, 10},
    {"sahf", ExtendedEcx, 0},
    {"lzcnt", ExtendedEcx, 5},
    {"sse4a", ExtendedEcx, 6},
    {"xop", ExtendedEcx, 11},
    {"fma4", ExtendedEcx, 16},
    {"tbm", ExtendedEcx, 21},
    {"64bit", ExtendedEdx, 29},
};

/// What CPUs of LLVM have and no kernel contains, since it takes an intrinsic
/// of that name: state saved for another task, enclaves, matrix tiles, random
/// numbers, ciphers, words to the operating system and to the caches. A machine
/// that hides one of them (virtual ones do) runs the kernel all the same.
constexpr StringLiteral featuresWithoutUse[] = {
    "aes",      "amx-avx512", "amx-bf16",  "amx-complex", "amx-fp16",
    "amx-fp8",  "amx-int8",   "amx-movrs", "amx-tf32",    "amx-tile",
    "cldemote", "clflushopt", "clwb",      "clzero",      "cmpccxadd",
    "enqcmd",   "fsgsbase",   "hreset",    "invpcid",     "kl",
    "lwp",      "movdir64b",  "movdiri",   "movrs",       "mwaitx",
    "pconfig",  "pku",        "prefetchi", "prfchw",      "ptwrite",
    "raoint",   "rdpid",      "rdpru",     "rdrnd",       "rdseed",
    "rtm",      "serialize",  "sgx",       "sha",         "sha512",
    "shstk",    "sm3",        "sm4",       "tsxldtrk",    "uintr",
    "usermsr",  "waitpkg",    "wbnoinvd",  "widekl",      "xsavec",
    "xsaveopt", "xsaves",
};

/// Registers that the operating system must save.
constexpr uint32_t ymmState = 0x6, zmmState = 0xe0;

using X86Mask = std::array<uint32_t, numX86Words>;

Expected<X86Mask> getX86Mask(const Target &target) {
  X86Mask mask{};
  for (const std::string &name : getRequiredFeatures(target)) {
    if (is_contained(featuresWithoutUse, name))
      continue;
    const X86Feature *feature = find_if(
        x86Features, [&](const X86Feature &f) { return name == f.name; });
    if (feature == std::end(x86Features))
      return createStringError("'" + target.cpu + "' needs '" + name +
                               "', which cannot be asked for when a function "
                               "is called: use a level, such as x86-64-v3");
    mask[feature->word] |= 1u << feature->bit;
    if (is_contained({"avx", "xop", "fma4"}, StringRef(feature->name)))
      mask[Xcr0] |= ymmState;
    if (StringRef(feature->name).starts_with("avx512"))
      mask[Xcr0] |= ymmState | zmmState;
  }
  return mask;
}

class X86Words {
public:
  X86Words(IRBuilder<> &b, Function *function) : b(b), function(function) {
    read();
  }
  Value *operator[](unsigned word) const { return words[word]; }

private:
  struct Registers {
    Value *a, *b, *c, *d;
  };

  Registers cpuid(Value *leaf, uint32_t part = 0) {
    Type *i32 = b.getInt32Ty();
    auto *results = StructType::get(i32, i32, i32, i32);
    // %rbx may be the base of position-independent code: kept by hand.
    InlineAsm *code = InlineAsm::get(
        FunctionType::get(results, {i32, i32}, false),
        "movq %rbx, %rsi\n\tcpuid\n\txchgq %rbx, %rsi",
        "={eax},={esi},={ecx},={edx},{eax},{ecx},~{dirflag},~{fpsr},~{flags}",
        /*hasSideEffects=*/false);
    Value *all = b.CreateCall(code, {leaf, b.getInt32(part)});
    return {b.CreateExtractValue(all, 0), b.CreateExtractValue(all, 1),
            b.CreateExtractValue(all, 2), b.CreateExtractValue(all, 3)};
  }

  /// CPUID of `leaf`, and whether there is one of that number: the answer is
  /// another leaf's else.
  std::pair<Registers, Value *> leafOf(uint32_t leaf) {
    Registers most = cpuid(b.getInt32(leaf & 0x80000000));
    Value *exists = b.CreateICmpUGE(most.a, b.getInt32(leaf));
    return {cpuid(b.getInt32(leaf)), exists};
  }

  void read() {
    auto orZero = [&](Value *exists, Value *word) {
      return b.CreateSelect(exists, word, b.getInt32(0));
    };
    Registers first = leafOf(1).first;
    words[Leaf1Ecx] = first.c;
    words[Leaf1Edx] = first.d;
    auto [seventh, hasSeventh] = leafOf(7);
    words[Leaf7Ebx] = orZero(hasSeventh, seventh.b);
    words[Leaf7Ecx] = orZero(hasSeventh, seventh.c);
    words[Leaf7Edx] = orZero(hasSeventh, seventh.d);
    // The seventh says in %eax how many more parts it has.
    Value *hasPart = b.CreateAnd(hasSeventh, b.CreateIsNotNull(seventh.a));
    Registers part = cpuid(b.getInt32(7), 1);
    words[Leaf7Sub1Eax] = orZero(hasPart, part.a);
    words[Leaf7Sub1Edx] = orZero(hasPart, part.d);
    auto [extended, hasExtended] = leafOf(0x80000001);
    words[ExtendedEcx] = orZero(hasExtended, extended.c);
    words[ExtendedEdx] = orZero(hasExtended, extended.d);
    words[Xcr0] = readXcr0(first.c);
  }

  /// XGETBV, which only exists where the operating system has turned it on.
  Value *readXcr0(Value *leaf1Ecx) {
    LLVMContext &context = b.getContext();
    BasicBlock *before = b.GetInsertBlock();
    auto *ask = BasicBlock::Create(context, "xgetbv", function);
    auto *after = BasicBlock::Create(context, "decide", function);
    constexpr uint32_t osxsave = 1u << 27;
    b.CreateCondBr(
        b.CreateIsNotNull(b.CreateAnd(leaf1Ecx, b.getInt32(osxsave))), ask,
        after);
    b.SetInsertPoint(ask);
    Type *i32 = b.getInt32Ty();
    InlineAsm *code =
        InlineAsm::get(FunctionType::get(i32, {i32}, false), "xgetbv",
                       "={eax},{ecx},~{edx},~{dirflag},~{fpsr},~{flags}",
                       /*hasSideEffects=*/true);
    Value *state = b.CreateCall(code, {b.getInt32(0)});
    b.CreateBr(after);
    b.SetInsertPoint(after);
    PHINode *result = b.CreatePHI(i32, 2);
    result->addIncoming(b.getInt32(0), before);
    result->addIncoming(state, ask);
    return result;
  }

  IRBuilder<> &b;
  Function *function;
  std::array<Value *, numX86Words> words;
};

Error emitX86(IRBuilder<> &b, Function *function, ArrayRef<Target> targets) {
  X86Words words(b, function);
  Value *chosen = b.getInt32(0);
  for (unsigned i = 1; i < targets.size(); ++i) {
    Expected<X86Mask> mask = getX86Mask(targets[i]);
    if (!mask)
      return mask.takeError();
    Value *missing = b.getInt32(0);
    for (unsigned word = 0; word != numX86Words; ++word)
      if (uint32_t bits = (*mask)[word])
        missing = b.CreateOr(
            missing, b.CreateAnd(b.CreateNot(words[word]), b.getInt32(bits)));
    chosen = b.CreateSelect(b.CreateIsNull(missing), b.getInt32(i), chosen);
  }
  b.CreateRet(chosen);
  return Error::success();
}

//===----------------------------------------------------------------------===//
// AArch64
//===----------------------------------------------------------------------===//

/// As an assembler of ARMv8.0 knows them.
const char *getName(AArch64Register reg) {
  switch (reg) {
  case AArch64Register::Pfr0:
    return "S3_0_C0_C4_0";
  case AArch64Register::Zfr0:
    return "S3_0_C0_C4_4";
  case AArch64Register::Isar0:
    return "S3_0_C0_C6_0";
  case AArch64Register::Isar1:
    return "S3_0_C0_C6_1";
  }
  llvm_unreachable("an unknown register");
}

Expected<Value *> hasAArch64Feature(IRBuilder<> &b, StringRef name) {
  if (isAArch64Baseline(name))
    return b.getTrue();
  const AArch64Feature *feature =
      find_if(getAArch64Features(),
              [&](const AArch64Feature &f) { return name == f.name; });
  if (feature == getAArch64Features().end())
    return createStringError("'" + name.str() +
                             "' cannot be asked for when a function is "
                             "called: use a level, such as sve2");
  InlineAsm *code =
      InlineAsm::get(FunctionType::get(b.getInt64Ty(), false),
                     (Twine("mrs $0, ") + getName(feature->reg)).str(), "=r",
                     /*hasSideEffects=*/false);
  Value *field = b.CreateAnd(b.CreateLShr(b.CreateCall(code), feature->shift),
                             b.getInt64(15));
  return b.CreateICmpUGE(field, b.getInt64(feature->least));
}

Error emitAArch64(IRBuilder<> &b, ArrayRef<Target> targets) {
  if (!Triple(targets.front().triple).isOSLinux())
    return createStringError(
        "on AArch64 only Linux lets a function ask what the processor has: "
        "give one target");
  Value *chosen = b.getInt32(0);
  for (unsigned i = 1; i < targets.size(); ++i) {
    Value *hasAll = b.getTrue();
    for (StringRef name : getRequiredFeatures(targets[i])) {
      Expected<Value *> has = hasAArch64Feature(b, name);
      if (!has)
        return has.takeError();
      // Registers for SVE2 read as zero where there is no SVE.
      hasAll = b.CreateAnd(hasAll, *has);
    }
    chosen = b.CreateSelect(hasAll, b.getInt32(i), chosen);
  }
  b.CreateRet(chosen);
  return Error::success();
}

} // namespace

Expected<Function *> buildTargetSelector(Module &module,
                                         ArrayRef<Target> targets) {
  LLVMContext &context = module.getContext();
  auto *type = FunctionType::get(Type::getInt32Ty(context), false);
  Function *function = Function::Create(type, GlobalValue::InternalLinkage,
                                        "actin_select_target", module);
  IRBuilder<> b(BasicBlock::Create(context, "entry", function));
  Triple triple(targets.front().triple);
  Error error = triple.isX86() ? emitX86(b, function, targets)
                : triple.isAArch64()
                    ? emitAArch64(b, targets)
                    : createStringError("only x86 and AArch64 can choose "
                                        "between targets");
  if (error)
    return std::move(error);
  return function;
}

} // namespace actin
