//===- ActAttributes.td - Attributes of the act dialect ----*- tablegen -*-===//

#ifndef ACTIN_DIALECT_ACT_ACTATTRIBUTES_TD
#define ACTIN_DIALECT_ACT_ACTATTRIBUTES_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "actin/Dialect/Act/ActDialect.td"

def Act_RealAttr : AttrDef<Act_Dialect, "Real"> {
  let mnemonic = "real";
  let summary = "A real constant";
  let description = [{
    A number of 113 bits, 60 more than the widest compute type. Two constants
    are equal if their bits are. Printed as the shortest decimal that parses
    back to the same bits, always with a point: `#act.real<0.044715>`,
    `#act.real<-inf>`.
  }];
  let parameters = (ins
    AttrParameter<"::actin::Real", "the number">:$value
  );
  let assemblyFormat = "`<` custom<Real>($value) `>`";
  let builders = [
    AttrBuilder<(ins "double":$value), [{
      return $_get($_ctxt, ::actin::Real(value));
    }]>
  ];
}

def Act_CmpPredicate : I32EnumAttr<"CmpPredicate", "A comparison", [
  I32EnumAttrCase<"lt", 0>,
  I32EnumAttrCase<"le", 1>,
  I32EnumAttrCase<"gt", 2>,
  I32EnumAttrCase<"ge", 3>,
  I32EnumAttrCase<"eq", 4>,
  I32EnumAttrCase<"ne", 5>
]> {
  let cppNamespace = "::actin::act";
  let genSpecializedAttr = 0;
}

def Act_CmpPredicateAttr : EnumAttr<Act_Dialect, Act_CmpPredicate, "predicate">;

#endif // ACTIN_DIALECT_ACT_ACTATTRIBUTES_TD
