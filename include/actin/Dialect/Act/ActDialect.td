//===- ActDialect.td - The act dialect ---------------------*- tablegen -*-===//
//
// Formulas over the real numbers. See ActOps.td for the operations.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_DIALECT_ACT_ACTDIALECT_TD
#define ACTIN_DIALECT_ACT_ACTDIALECT_TD

include "mlir/IR/DialectBase.td"

def Act_Dialect : Dialect {
  let name = "act";
  let cppNamespace = "::actin::act";
  let summary = "Activation functions over the real numbers";
  let description = [{
    An operation of this dialect is exact: its operands and its result are real
    numbers (`!act.real`), not floating-point ones. Algebra, differentiation
    and stability rewriting are therefore valid as in mathematics; rounding
    begins where the lowering leaves `!act.real`.

    A formula is a `func.func` of one block. Discardable attributes of its
    arguments say what they stand for:

    - `act.name`: the argument's name in the source.
    - `act.role`: `"input"` (a tensor), `"parameter"` (one scalar), `"channel"`
      (one value a channel) or `"dout"` (the gradient that arrives, a tensor).
    - `act.default`: an optional `#act.real` default of a parameter.

    The function may carry `act.gradients`, a dictionary from argument names to
    the functions that replace their derived gradients. A kernel's results
    carry `act.role` (`"forward"`, `"gradient"`, `"sum"`, `"channel_sum"` or
    `"second"`) and, but for the forward value, `act.name`.
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let hasConstantMaterializer = 1;
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
}

#endif // ACTIN_DIALECT_ACT_ACTDIALECT_TD
