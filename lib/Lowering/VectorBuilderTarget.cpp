//===- VectorBuilderTarget.cpp - Operations that differ by target ---------===//
//
// Scaling by powers of two and table look-up: one or two instructions on
// AVX-512, a sequence elsewhere.
//
//===----------------------------------------------------------------------===//

#include "Lowering/VectorBuilder.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinOps.h"

#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <cmath>

using namespace mlir;

namespace actin {

/// Lanes of the widest AVX-512 register that `a` can be cut into; 0 if none.
static unsigned registerLanes(VectorBuilder &b, Value a) {
  const TargetTraits &traits = b.getTraits();
  unsigned elementBits = VectorBuilder::isF64(a) ? 64 : 32;
  for (unsigned bits = std::min(traits.vectorBits, 512u); bits >= 128;
       bits /= 2)
    if (b.getNumLanes() % (bits / elementBits) == 0)
      return bits / elementBits;
  return 0;
}

/// Lanes [first, first + count) of `a`.
static Value sliceLanes(VectorBuilder &b, Value a, unsigned first,
                        unsigned count) {
  if (count == b.getNumLanes())
    return a;
  auto indices = llvm::to_vector(llvm::seq<int64_t>(first, first + count));
  return vector::ShuffleOp::create(b.getOpBuilder(), b.getLocation(), a, a,
                                   indices);
}

/// The pieces one after the other; their number is a power of two or one.
static Value concatLanes(VectorBuilder &b, llvm::SmallVector<Value> pieces) {
  while (pieces.size() > 1) {
    llvm::SmallVector<Value> wider;
    for (size_t i = 0; i + 1 < pieces.size(); i += 2) {
      Value left = pieces[i], right = pieces[i + 1];
      int64_t lanes = cast<VectorType>(left.getType()).getNumElements() +
                      cast<VectorType>(right.getType()).getNumElements();
      wider.push_back(vector::ShuffleOp::create(
          b.getOpBuilder(), b.getLocation(), left, right,
          llvm::to_vector(llvm::seq<int64_t>(0, lanes))));
    }
    if (pieces.size() % 2)
      wider.push_back(pieces.back());
    pieces = std::move(wider);
  }
  return pieces.front();
}

static Value callIntrinsic(VectorBuilder &b, Type result,
                           const llvm::Twine &name, ValueRange arguments) {
  OpBuilder &builder = b.getOpBuilder();
  auto call = LLVM::CallIntrinsicOp::create(
      builder, b.getLocation(), result, builder.getStringAttr(name), arguments);
  return call.getResult(0);
}

//===----------------------------------------------------------------------===//
// Scaling
//===----------------------------------------------------------------------===//

/// vscalefps of one register.
static Value scaleRegister(VectorBuilder &b, Value a, Value n, bool isF64) {
  OpBuilder &builder = b.getOpBuilder();
  unsigned lanes = cast<VectorType>(a.getType()).getNumElements();
  unsigned bits = lanes * (isF64 ? 64 : 32);
  Type maskType = builder.getIntegerType(std::max(lanes, 8u));
  Value mask = LLVM::ConstantOp::create(builder, b.getLocation(), maskType,
                                        builder.getIntegerAttr(maskType, -1));
  llvm::SmallVector<Value> arguments = {a, n, a, mask};
  if (bits == 512) { // Rounding: as the mode register says.
    Type type = builder.getI32Type();
    arguments.push_back(LLVM::ConstantOp::create(
        builder, b.getLocation(), type, builder.getIntegerAttr(type, 4)));
  }
  return callIntrinsic(b, a.getType(),
                       llvm::Twine("llvm.x86.avx512.mask.scalef.") +
                           (isF64 ? "pd." : "ps.") + llvm::Twine(bits),
                       arguments);
}

/// a * 2^n by the products of a and two powers, 2^(n/2) each: n is between
/// twice the least and twice the largest exponent of normal numbers.
static Value scaleByHalves(VectorBuilder &b, Value a, Value n) {
  // Twice the bias, and n, in the low bits; their halves are biased once.
  FloatFormat format = formatOf(VectorBuilder::isF64(a));
  Value both =
      b.toBits(b.add(n, b.like(n, format.roundingMagic + 2.0 * format.bias)));
  Value half = b.shiftRightLogical(both, 1);
  auto power = [&](Value biased) {
    return b.fromBits(b.shiftLeft(biased, format.mantissaBits));
  };
  return b.mul(b.mul(a, power(half)), power(b.intSub(both, half)));
}

/// Each factor is a normal power of two. Three of them reach from the largest
/// number to below half the least subnormal and back.
static Value scaleByProducts(VectorBuilder &b, Value a, Value n,
                             const ScaleBounds &bounds) {
  FloatFormat format = formatOf(VectorBuilder::isF64(a));
  double most = format.bias, minExponent = format.minNormalExponent;
  double magnitude = std::min(bounds.mostVanishing, most + 1.0);
  // From here on the result is 0; and so much further than normal powers.
  double least = minExponent - format.mantissaBits - 2.0 - magnitude;
  double beyond = minExponent - least;
  if (std::max(bounds.mostProduct, bounds.mostExponent) + beyond <= most) {
    n = b.maxFast(n, b.like(n, least));
    Value product = b.mul(a, b.exp2Integer(n, beyond));
    // The one rounding, but for what is 0 after it.
    return b.mul(product, b.like(a, std::ldexp(1.0, -int(beyond))));
  }
  if (least >= 2.0 * minExponent && bounds.mostExponent <= 2.0 * most)
    return scaleByHalves(b, a, b.maxFast(n, b.like(n, least)));
  n = b.maxFast(n, b.like(n, 3 * minExponent));
  n = b.minFast(n, b.like(n, -3 * minExponent));
  Value third = b.roundProduct(n, b.like(n, 1.0 / 3.0));
  Value rest = b.sub(n, b.add(third, third));
  Value factor = b.exp2Integer(third);
  // The rounding comes last: the smaller steps first keep bits of `a`.
  return b.mul(b.mul(b.mul(a, factor), factor), b.exp2Integer(rest));
}

/// Calls `emit` with the first lane and the number of lanes of each register;
/// null where the target has no AVX-512 for this number of lanes.
static Value mapRegisters(VectorBuilder &b, Value a,
                          llvm::function_ref<Value(unsigned, unsigned)> emit) {
  unsigned lanes = b.getTraits().hasAvx512 ? registerLanes(b, a) : 0;
  if (lanes == 0)
    return Value();
  llvm::SmallVector<Value> pieces;
  for (unsigned first = 0; first < b.getNumLanes(); first += lanes)
    pieces.push_back(emit(first, lanes));
  return concatLanes(b, std::move(pieces));
}

/// By vscalef; null where the target has none for this number of lanes.
static Value scaleByRegisters(VectorBuilder &b, Value a, Value n) {
  // It takes the floor by itself.
  if (auto floor = n.getDefiningOp<math::FloorOp>())
    n = floor.getOperand();
  return mapRegisters(b, a, [&](unsigned first, unsigned lanes) {
    return scaleRegister(b, sliceLanes(b, a, first, lanes),
                         sliceLanes(b, n, first, lanes),
                         VectorBuilder::isF64(a));
  });
}

/// vrcp14ps of one register.
static Value invertRegister(VectorBuilder &b, Value a) {
  OpBuilder &builder = b.getOpBuilder();
  unsigned lanes = cast<VectorType>(a.getType()).getNumElements();
  bool isF64 = VectorBuilder::isF64(a);
  Type maskType = builder.getIntegerType(std::max(lanes, 8u));
  Value mask = LLVM::ConstantOp::create(builder, b.getLocation(), maskType,
                                        builder.getIntegerAttr(maskType, -1));
  return callIntrinsic(b, a.getType(),
                       llvm::Twine("llvm.x86.avx512.rcp14.") +
                           (isF64 ? "pd." : "ps.") +
                           llvm::Twine(lanes * (isF64 ? 64 : 32)),
                       {a, a, mask});
}

Value VectorBuilder::approximateReciprocal(Value a) {
  return mapRegisters(*this, a, [&](unsigned first, unsigned lanes) {
    return invertRegister(*this, sliceLanes(*this, a, first, lanes));
  });
}

Value VectorBuilder::scale(Value a, Value n, const ScaleBounds &bounds) {
  Value scaled = scaleByRegisters(*this, a, n);
  return scaled ? scaled : scaleByProducts(*this, a, n, bounds);
}

Value VectorBuilder::scaleNear(Value a, Value n) {
  Value scaled = scaleByRegisters(*this, a, n);
  return scaled ? scaled : scaleByHalves(*this, a, n);
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

/// `lanes` entries of `table` from `first` on, zero behind its end.
static Value tableRegister(VectorBuilder &b, bool isF64,
                           llvm::ArrayRef<double> table, unsigned first,
                           unsigned lanes) {
  OpBuilder &builder = b.getOpBuilder();
  Type element =
      isF64 ? Type(builder.getF64Type()) : Type(builder.getF32Type());
  llvm::SmallVector<Attribute> entries;
  for (unsigned i = first; i < first + lanes; ++i)
    entries.push_back(
        builder.getFloatAttr(element, i < table.size() ? table[i] : 0.0));
  auto type = VectorType::get({int64_t(lanes)}, element);
  return LLVM::ConstantOp::create(builder, b.getLocation(), type,
                                  DenseElementsAttr::get(type, entries));
}

/// Up to two registers of table: vpermps or vpermt2ps; four: and a blend.
static Value permuteRegister(VectorBuilder &b, bool isF64,
                             llvm::ArrayRef<double> table, Value index) {
  unsigned lanes = cast<VectorType>(index.getType()).getNumElements();
  auto part = [&](unsigned first) {
    return tableRegister(b, isF64, table, first, lanes);
  };
  const char *kind = isF64 ? "d" : "s";
  auto type = part(0).getType();
  if (table.size() <= lanes)
    return callIntrinsic(
        b, type, llvm::Twine("llvm.x86.avx512.permvar.") + kind + "f.512",
        {part(0), index});
  auto ofTwo = [&](unsigned first) {
    return callIntrinsic(
        b, type, llvm::Twine("llvm.x86.avx512.vpermi2var.p") + kind + ".512",
        {part(first), index, part(first + lanes)});
  };
  if (table.size() <= 2 * lanes)
    return ofTwo(0);
  OpBuilder &builder = b.getOpBuilder();
  auto indexType = cast<VectorType>(index.getType());
  Value limit = LLVM::ConstantOp::create(
      builder, b.getLocation(), indexType,
      DenseElementsAttr::get(
          indexType,
          builder.getIntegerAttr(indexType.getElementType(), 2 * lanes)));
  Value isLow = LLVM::ICmpOp::create(builder, b.getLocation(),
                                     LLVM::ICmpPredicate::slt, index, limit);
  return LLVM::SelectOp::create(builder, b.getLocation(), isLow, ofTwo(0),
                                ofTwo(2 * lanes));
}

/// A constant array in the enclosing module, shared by content.
static Value tableAddress(VectorBuilder &b, bool isF64,
                          llvm::ArrayRef<double> table) {
  OpBuilder &builder = b.getOpBuilder();
  Type element =
      isF64 ? Type(builder.getF64Type()) : Type(builder.getF32Type());
  auto tensorType = RankedTensorType::get({int64_t(table.size())}, element);
  llvm::SmallVector<Attribute> entries;
  for (double entry : table)
    entries.push_back(builder.getFloatAttr(element, entry));
  auto contents = DenseElementsAttr::get(tensorType, entries);
  // Named by the bits, so that a name is the same from run to run.
  uint64_t hash = table.size() * 2 + isF64;
  for (double entry : table)
    hash = (hash ^ llvm::bit_cast<uint64_t>(entry)) * 0x9e3779b97f4a7c15ull,
    hash ^= hash >> 29;
  std::string name = "act_table_" + llvm::utohexstr(hash, /*LowerCase=*/true);

  auto module =
      builder.getInsertionBlock()->getParentOp()->getParentOfType<ModuleOp>();
  auto global = module.lookupSymbol<LLVM::GlobalOp>(name);
  if (!global) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(module.getBody());
    global = LLVM::GlobalOp::create(
        builder, b.getLocation(),
        LLVM::LLVMArrayType::get(element, table.size()), /*isConstant=*/true,
        LLVM::Linkage::Internal, name, contents, /*alignment=*/64);
  }
  return LLVM::AddressOfOp::create(builder, b.getLocation(), global);
}

static Value gatherTable(VectorBuilder &b, Value model,
                         llvm::ArrayRef<double> table, Value index) {
  OpBuilder &builder = b.getOpBuilder();
  Location location = b.getLocation();
  bool isF64 = VectorBuilder::isF64(model);
  VectorType type = b.floatType(isF64);
  unsigned lanes = b.getNumLanes();
  Value base = tableAddress(b, isF64, table);
  auto pointers = getVectorType(
      LLVM::LLVMPointerType::get(builder.getContext()), lanes, b.getTraits());
  Value addresses =
      LLVM::GEPOp::create(builder, location, pointers, type.getElementType(),
                          base, llvm::ArrayRef<LLVM::GEPArg>{index});
  auto maskType = getVectorType(builder.getI1Type(), lanes, b.getTraits());
  Value mask = LLVM::ConstantOp::create(builder, location, maskType,
                                        DenseElementsAttr::get(maskType, true));
  return LLVM::masked_gather::create(builder, location, type, addresses, mask,
                                     ValueRange{},
                                     builder.getI32IntegerAttr(isF64 ? 8 : 4));
}

/// vpermps of registers of 8 floats.
static Value permuteFloats(VectorBuilder &b, llvm::ArrayRef<double> table,
                           Value index) {
  llvm::SmallVector<Value> pieces;
  for (unsigned first = 0; first < b.getNumLanes(); first += 8) {
    Value entries = tableRegister(b, /*isF64=*/false, table, 0, 8);
    pieces.push_back(callIntrinsic(b, entries.getType(), "llvm.x86.avx2.permps",
                                   {entries, sliceLanes(b, index, first, 8)}));
  }
  return concatLanes(b, std::move(pieces));
}

unsigned VectorBuilder::getFastTableSize(bool f64) const {
  if (hasFastTables(f64))
    return 32;
  // 256 bits are AVX2's.
  bool hasPermute = traits.hasFma && traits.vectorBits >= 256;
  return hasPermute && !f64 && numLanes % 8 == 0 ? 8 : 0;
}

Value VectorBuilder::lookUp(Value model, llvm::ArrayRef<double> table,
                            Value index) {
  if (table.size() == 8 && getFastTableSize(model) == 8)
    return permuteFloats(*this, table, index);
  bool f64 = isF64(model);
  unsigned lanes = traits.hasAvx512 && traits.vectorBits >= 512
                       ? registerLanes(*this, model)
                       : 0;
  bool fullRegister = lanes * (f64 ? 64 : 32) == 512;
  if (!fullRegister || table.size() > 4 * lanes)
    return gatherTable(*this, model, table, index);
  llvm::SmallVector<Value> pieces;
  for (unsigned first = 0; first < numLanes; first += lanes)
    pieces.push_back(permuteRegister(*this, f64, table,
                                     sliceLanes(*this, index, first, lanes)));
  return concatLanes(*this, std::move(pieces));
}

} // namespace actin
