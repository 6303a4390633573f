//===- ActTypes.td - Types of the act dialect --------------*- tablegen -*-===//

#ifndef ACTIN_DIALECT_ACT_ACTTYPES_TD
#define ACTIN_DIALECT_ACT_ACTTYPES_TD

include "mlir/IR/AttrTypeBase.td"
include "actin/Dialect/Act/ActDialect.td"

def Act_RealType : TypeDef<Act_Dialect, "Real"> {
  let mnemonic = "real";
  let summary = "A real number";
  let description = [{
    An exact real number, or one of the two infinities as a limit. It has no
    size, no precision and no not-a-number; outside of a function's domain the
    value is undefined.
  }];
}

/// A real operand or result.
def Act_Real : Type<CPred<"::llvm::isa<::actin::act::RealType>($_self)">,
                    "a real number (!act.real)", "::actin::act::RealType">,
               BuildableType<"$_builder.getType<::actin::act::RealType>()">;

#endif // ACTIN_DIALECT_ACT_ACTTYPES_TD
