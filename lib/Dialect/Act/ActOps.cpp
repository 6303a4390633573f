//===- ActOps.cpp - Operations of the act dialect -------------------------===//
//
// The generated classes; rules and folds have files of their own.
//
//===----------------------------------------------------------------------===//

#include "actin/Dialect/Act/Act.h"

#include "Dialect/Act/ActFolds.h"
#include "Dialect/Act/RealBuilder.h"
#include "Dialect/Act/RealSyntax.h"

using namespace mlir;
using namespace actin;
using namespace actin::act;

static ParseResult parseRealAttr(OpAsmParser &parser, RealAttr &attribute) {
  Real value;
  if (parseReal(parser, value))
    return failure();
  attribute = RealAttr::get(parser.getContext(), value);
  return success();
}

static void printRealAttr(OpAsmPrinter &printer, Operation *,
                          RealAttr attribute) {
  printReal(printer, attribute.getValue());
}

LogicalResult PiecewiseOp::verify() {
  constexpr size_t maxPieces = 32;
  int64_t numPieces = int64_t(int32_t(getLast())) - int32_t(getFirst()) + 1;
  if (numPieces < 1 || numPieces > int64_t(maxPieces))
    return emitOpError("has 1 to 32 pieces");
  if (getCenters().size() != maxPieces ||
      (getLowSlopes() && getLowSlopes()->size() != maxPieces) ||
      getCoefficients().size() < 2 * maxPieces ||
      getCoefficients().size() % maxPieces != 0)
    return emitOpError("needs 32 centers and coefficients of each power, two at least");
  if (!(getStep().convertToDouble() > 0))
    return emitOpError("needs a positive step");
  if (getTail() && (!getHalving() || getTail()->size() != 3))
    return emitOpError("has a tail of three numbers only where it is halving");
  if (getTimesX() && (!getHalving() || int32_t(getFirst()) >= 0))
    return emitOpError("is times x only where it halves below 0");
  return success();
}

#define GET_OP_CLASSES
#include "actin/Dialect/Act/ActOps.cpp.inc"
