//===- PiecewiseFunction.cpp - What act.piecewise stands for --------------===//

#include "Lowering/PiecewiseFunction.h"

#include <cmath>

namespace actin {

using Symmetry = PiecewiseFunction::Symmetry;

static Symmetry getSymmetry(act::PiecewiseOp op) {
  if (op.getComplement())
    return op.getComplementBelow() ? Symmetry::ComplementBelow
                                   : Symmetry::ComplementAbove;
  if (op.getOdd())
    return Symmetry::Odd;
  return op.getFirst() == 0 ? Symmetry::Even : Symmetry::None;
}

PiecewiseFunction::PiecewiseFunction(act::PiecewiseOp op)
    : exponentSide(PieceSide(int32_t(op.getExponentSide()))),
      symmetry(getSymmetry(op)) {
  if (hasComplement())
    complement = op.getComplement()->convertToDouble();
  pieces.step = op.getStep().convertToDouble();
  pieces.isHalving = op.getHalving();
  pieces.isTimesX = op.getTimesX();
  if (auto tail = op.getTail())
    pieces.tail = {(*tail)[0], (*tail)[1], (*tail)[2]};
  pieces.first = int32_t(op.getFirst());
  pieces.last = int32_t(op.getLast());
  pieces.least = op.getLeast().convertToDouble();
  pieces.most = op.getMost().convertToDouble();
  llvm::copy(op.getCenters(), pieces.centers.begin());
  if (auto lowSlopes = op.getLowSlopes())
    llvm::copy(*lowSlopes, pieces.lowSlopes.emplace().begin());
  llvm::ArrayRef<double> all = op.getCoefficients();
  for (; !all.empty(); all = all.drop_front(Pieces::maxCount))
    std::copy_n(all.begin(), Pieces::maxCount,
                pieces.coefficients.emplace_back().begin());
}

mlir::Value PiecewiseFunction::create(mlir::OpBuilder &builder,
                                      mlir::Location location,
                                      mlir::Value exponent,
                                      mlir::Value x) const {
  llvm::SmallVector<double> all;
  for (const Pieces::Row &row : pieces.coefficients)
    llvm::append_range(all, row);
  mlir::DenseF64ArrayAttr tail;
  if (pieces.tail)
    tail = builder.getDenseF64ArrayAttr({pieces.tail->shift,
                                         pieces.tail->squareSlope,
                                         pieces.tail->squareConstant});
  auto number = [&](double value) { return builder.getF64FloatAttr(value); };
  return act::PiecewiseOp::create(
      builder, location, act::RealType::get(builder.getContext()), exponent, x,
      number(pieces.step), builder.getI32IntegerAttr(pieces.first),
      builder.getI32IntegerAttr(pieces.last), number(pieces.least),
      number(pieces.most), builder.getI32IntegerAttr(int(exponentSide)),
      pieces.isHalving ? builder.getUnitAttr() : mlir::UnitAttr(),
      pieces.isTimesX ? builder.getUnitAttr() : mlir::UnitAttr(), tail,
      symmetry == Symmetry::Odd ? builder.getUnitAttr() : mlir::UnitAttr(),
      hasComplement() ? number(complement) : mlir::FloatAttr(),
      symmetry == Symmetry::ComplementBelow ? builder.getUnitAttr()
                                            : mlir::UnitAttr(),
      builder.getDenseF64ArrayAttr(pieces.centers),
      builder.getDenseF64ArrayAttr(all),
      pieces.lowSlopes ? builder.getDenseF64ArrayAttr(*pieces.lowSlopes)
                       : mlir::DenseF64ArrayAttr());
}

/// Of e^exponent times the table, which is of |x| where there is a symmetry,
/// the whole; with `complement` 0, of its derivative by the exponent.
template <typename T>
static T unfold(const PiecewiseFunction &function, T x, T value, T complement) {
  switch (function.symmetry) {
  case Symmetry::None:
  case Symmetry::Even:
    return value;
  case Symmetry::Odd:
    return std::signbit(x) ? -value : value;
  case Symmetry::ComplementAbove:
    return x > 0 ? complement - value : value;
  case Symmetry::ComplementBelow:
    return x < 0 ? complement - value : value;
  }
  return value;
}

template <typename T>
T PiecewiseFunction::getPart(llvm::ArrayRef<T> operands) const {
  return symmetry == Symmetry::None ? operands.back()
                                    : std::fabs(operands.back());
}

template <typename T>
T PiecewiseFunction::getFactor(llvm::ArrayRef<T> operands) const {
  bool counts = operands.size() != 1 &&
                isOnSide(pieces.getPiece(getPart(operands)), exponentSide);
  return counts ? std::exp(operands[0]) : T(1);
}

template <typename T>
T PiecewiseFunction::evaluate(llvm::ArrayRef<T> operands) const {
  T value = getFactor(operands) * pieces.evaluate(getPart(operands));
  return unfold(*this, operands.back(), value, T(complement));
}

template <typename T>
T PiecewiseFunction::differentiate(llvm::ArrayRef<T> operands,
                                   unsigned k) const {
  T x = operands.back(), part = getPart(operands);
  if (k + 1 == operands.size()) {
    T slope = getFactor(operands) * T(pieces.differentiate(double(part)));
    bool isMirrored = symmetry != Symmetry::None && x < 0;
    return unfold(*this, x, isMirrored ? -slope : slope, T(0));
  }
  if (!isOnSide(pieces.getPiece(part), exponentSide))
    return T(0);
  T value = getFactor(operands) * pieces.evaluate(part);
  return unfold(*this, x, value, T(0));
}

template double PiecewiseFunction::evaluate(llvm::ArrayRef<double>) const;
template long double
    PiecewiseFunction::evaluate(llvm::ArrayRef<long double>) const;
template double PiecewiseFunction::differentiate(llvm::ArrayRef<double>,
                                                 unsigned) const;
template long double
PiecewiseFunction::differentiate(llvm::ArrayRef<long double>, unsigned) const;

} // namespace actin
