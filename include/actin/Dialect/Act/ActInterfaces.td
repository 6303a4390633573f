//===- ActInterfaces.td - Interfaces of the act dialect ----*- tablegen -*-===//

#ifndef ACTIN_DIALECT_ACT_ACTINTERFACES_TD
#define ACTIN_DIALECT_ACT_ACTINTERFACES_TD

include "mlir/IR/OpBase.td"

def DifferentiableOpInterface : OpInterface<"DifferentiableOpInterface"> {
  let cppNamespace = "::actin::act";
  let description = [{
    Every operation with a real result has it, through the operations' base
    class, so that an operation without a derivative rule does not link.
  }];
  let methods = [
    InterfaceMethod<[{
        Builds the tangent of the result: its derivative with respect to some
        variable, given those of the operands (forward mode).

        `tangents` has one entry an operand. A null entry is structurally zero,
        and so is an operand that is a truth value. The returned value is null
        where the result's tangent is structurally zero.

        The builder's insertion point dominates every use that the caller will
        make, and is dominated by this operation, whose result the rule may
        use. Every new operation is made there.

        A rule is select-safe: a branch that is not selected contributes no
        not-a-number, as derivatives are selected and never multiplied by a 0
        or 1 that stands for a choice. It cannot fail.
      }],
      "::mlir::Value", "buildTangent",
      (ins "::mlir::OpBuilder &":$builder,
           "::llvm::ArrayRef<::mlir::Value>":$tangents)>
  ];
}

#endif // ACTIN_DIALECT_ACT_ACTINTERFACES_TD
