//===- RealSyntax.h - The textual form of a real constant -------*- C++ -*-===//
//
// What the generated parsers and printers call for an actin::Real.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_DIALECT_ACT_REALSYNTAX_H
#define ACTIN_DIALECT_ACT_REALSYNTAX_H

#include "Support/Real.h"

#include "mlir/IR/OpImplementation.h"

namespace actin::act {

/// Reads `0.5`, `-inf` or, where a double cannot hold it, `"1e400"`.
mlir::ParseResult parseReal(mlir::AsmParser &parser, Real &result);
/// Prints what `parseReal` reads back to the same bits.
void printReal(mlir::AsmPrinter &printer, const Real &value);

} // namespace actin::act

#endif // ACTIN_DIALECT_ACT_REALSYNTAX_H
