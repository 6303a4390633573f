//===- ActOps.td - Operations of the act dialect -----------*- tablegen -*-===//
//
// One operation for each operator and function of the Actin language, under
// the language's own spelling. All are pure. The derivative rules stand in
// lib/Dialect/Act/ActDerivatives.cpp, the folds in ActFolds.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_DIALECT_ACT_ACTOPS_TD
#define ACTIN_DIALECT_ACT_ACTOPS_TD

include "mlir/IR/OpBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "actin/Dialect/Act/ActAttributes.td"
include "actin/Dialect/Act/ActDialect.td"
include "actin/Dialect/Act/ActInterfaces.td"
include "actin/Dialect/Act/ActTypes.td"

//===----------------------------------------------------------------------===//
// Base classes
//===----------------------------------------------------------------------===//

/// An operation with a real result: it must have a derivative rule.
class Act_RealOp<string mnemonic, list<Trait> traits = []>
    : Op<Act_Dialect, mnemonic,
         traits # [Pure,
                   DeclareOpInterfaceMethods<DifferentiableOpInterface>]> {
  let results = (outs Act_Real:$result);
}

/// An operation that gives a truth value.
class Act_TruthOp<string mnemonic, list<Trait> traits = []>
    : Op<Act_Dialect, mnemonic, traits # [Pure]> {
  let results = (outs I1:$result);
}

/// A leaf: no operands, hence a derivative of zero.
class Act_LeafOp<string mnemonic, list<Trait> traits = []>
    : Act_RealOp<mnemonic, traits> {
  let extraClassDefinition = [{
    ::mlir::Value $cppClass::buildTangent(::mlir::OpBuilder &,
                                          ::llvm::ArrayRef<::mlir::Value>) {
      return {};
    }
  }];
}

class Act_BinaryOp<string mnemonic> : Act_RealOp<mnemonic> {
  let arguments = (ins Act_Real:$lhs, Act_Real:$rhs);
  let assemblyFormat = "operands attr-dict";
  let hasFolder = 1;
}

/// A function of one argument. Its derivative rule is the ordinary derivative,
/// f'(x); the base class applies the chain rule.
class Act_UnaryFunctionOp<string mnemonic> : Act_RealOp<mnemonic> {
  let arguments = (ins Act_Real:$operand);
  let assemblyFormat = "operands attr-dict";
  let hasFolder = 1;
  let extraClassDeclaration = [{
    /// f'(x), given x and y = f(x).
    static ::actin::act::RealValue
    buildDerivative(const ::actin::act::RealValue &x,
                    const ::actin::act::RealValue &y);
  }];
  let extraClassDefinition = [{
    ::mlir::Value $cppClass::buildTangent(
        ::mlir::OpBuilder &builder,
        ::llvm::ArrayRef<::mlir::Value> tangents) {
      return applyChainRule(builder, *this, tangents[0],
                            &$cppClass::buildDerivative);
    }
    ::mlir::OpFoldResult $cppClass::fold(FoldAdaptor adaptor) {
      return foldUnaryFunction(*this, adaptor.getOperand());
    }
  }];
}

/// A piecewise constant function, of derivative zero also where it jumps.
class Act_StepFunctionOp<string mnemonic> : Act_RealOp<mnemonic> {
  let arguments = (ins Act_Real:$operand);
  let assemblyFormat = "operands attr-dict";
  let hasFolder = 1;
  let extraClassDefinition = [{
    ::mlir::Value $cppClass::buildTangent(::mlir::OpBuilder &,
                                          ::llvm::ArrayRef<::mlir::Value>) {
      return {};
    }
    ::mlir::OpFoldResult $cppClass::fold(FoldAdaptor adaptor) {
      return foldUnaryFunction(*this, adaptor.getOperand());
    }
  }];
}

//===----------------------------------------------------------------------===//
// Leaves
//===----------------------------------------------------------------------===//

def Act_ConstantOp : Act_LeafOp<"constant", [ConstantLike]> {
  let summary = "a real constant";
  let description = [{
    The number that its attribute holds, to 113 bits.

    ```mlir
    %c = act.constant 0.044715
    ```
  }];
  let arguments = (ins Act_RealAttr:$value);
  let assemblyFormat = "custom<RealAttr>($value) attr-dict";
  let hasFolder = 1;
  let builders = [
    OpBuilder<(ins "const ::actin::Real &":$value), [{
      build($_builder, $_state,
            RealAttr::get($_builder.getContext(), value));
    }]>
  ];
}

def Act_ExpMaxOp : Act_LeafOp<"exp_max"> {
  let summary = "largest argument for which exp is finite";
  let description = [{
    In the type that the kernel computes with: 88.72 for f32, 709.78 for f64.
    The one constant of a formula that depends on a number format.
  }];
  let assemblyFormat = "attr-dict";
}

def Act_ExpMinOp : Act_LeafOp<"exp_min"> {
  let summary = "smallest argument for which exp is a normal number";
  let description = [{
    In the type that the kernel computes with: -87.33 for f32, -708.39 for f64.
  }];
  let assemblyFormat = "attr-dict";
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

def Act_AddOp : Act_BinaryOp<"add"> {
  let summary = "lhs + rhs";
  let description = "The sum. Derivative: lhs' + rhs'.";
}

def Act_SubOp : Act_BinaryOp<"sub"> {
  let summary = "lhs - rhs";
  let description = "The difference. Derivative: lhs' - rhs'.";
}

def Act_MulOp : Act_BinaryOp<"mul"> {
  let summary = "lhs * rhs";
  let description = [{
    The product. A factor 0 gives 0 whatever the other factor is, outside of
    that one's domain as well. Derivative: lhs' * rhs + lhs * rhs'.
  }];
}

def Act_DivOp : Act_BinaryOp<"div"> {
  let summary = "lhs / rhs";
  let description = [{
    The quotient; undefined at rhs = 0. Derivative:
    lhs' / rhs - lhs * rhs' / rhs ** 2.
  }];
}

def Act_NegOp : Act_RealOp<"neg"> {
  let summary = "-operand";
  let description = "The negative. Derivative: -operand'.";
  let arguments = (ins Act_Real:$operand);
  let assemblyFormat = "operands attr-dict";
  let hasFolder = 1;
}

def Act_PowOp : Act_BinaryOp<"pow"> {
  let summary = "lhs ** rhs";
  let description = [{
    The power. A negative base needs an integral exponent; base 0 a
    non-negative one; 0 ** 0 is 1.

    Derivative for a constant exponent n: n * lhs ** (n - 1) * lhs'. In general
    rhs * lhs ** (rhs - 1) * lhs' + log(lhs) * lhs ** rhs * rhs', where the
    first factor is 0 for rhs = 0, and the second term for lhs = 0.
  }];
}

def Act_MinOp : Act_BinaryOp<"min"> {
  let summary = "the smaller of lhs and rhs";
  let description = [{
    Derivative: that of the smaller one. On a tie that of a constant operand if
    there is one, else of lhs.
  }];
}

def Act_MaxOp : Act_BinaryOp<"max"> {
  let summary = "the larger of lhs and rhs";
  let description = [{
    Derivative: that of the larger one. On a tie that of a constant operand if
    there is one (so max(x, 0) has slope 0 at 0), else of lhs.
  }];
}

class Act_BoundedOp<string mnemonic> : Act_RealOp<mnemonic> {
  let arguments = (ins Act_Real:$operand, Act_Real:$lower, Act_Real:$upper);
  let assemblyFormat = "operands attr-dict";
  let hasFolder = 1;
}

def Act_ClipOp : Act_BoundedOp<"clip"> {
  let summary = "min(max(operand, lower), upper), part of the function";
  let description = [{
    Requires lower <= upper. Derivative: operand' inside and on the bounds,
    lower' below, upper' above.
  }];
}

def Act_ClampOp : Act_BoundedOp<"clamp"> {
  let summary = "min(max(operand, lower), upper), for the arithmetic only";
  let description = [{
    A stability clamp: it saturates the value, and is no part of the function.
    Derivative: operand', everywhere. A function of the clamped value has its
    own derivative evaluated at the clamped value.
  }];
}

def Act_WhereOp : Act_RealOp<"where"> {
  let summary = "onTrue where condition holds, else onFalse";
  let description = [{
    The operand that is not selected has no influence on the value, whatever it
    evaluates to. Derivative: where(condition, onTrue', onFalse').
  }];
  let arguments = (ins I1:$condition, Act_Real:$onTrue, Act_Real:$onFalse);
  let assemblyFormat = "operands attr-dict";
  let hasFolder = 1;
}

//===----------------------------------------------------------------------===//
// Truth values
//===----------------------------------------------------------------------===//

def Act_CmpOp : Act_TruthOp<"cmp"> {
  let summary = "a comparison";
  let description = [{
    One of lt (<), le (<=), gt (>), ge (>=), eq (==) and ne (!=).

    ```mlir
    %b = act.cmp lt, %x, %y
    ```
  }];
  let arguments = (ins Act_CmpPredicateAttr:$predicate, Act_Real:$lhs,
                       Act_Real:$rhs);
  let assemblyFormat = "`` $predicate `,` $lhs `,` $rhs attr-dict";
}

def Act_AndOp : Act_TruthOp<"and"> {
  let summary = "both";
  let description = "True where lhs and rhs are.";
  let arguments = (ins I1:$lhs, I1:$rhs);
  let assemblyFormat = "operands attr-dict";
}

def Act_OrOp : Act_TruthOp<"or"> {
  let summary = "one or both";
  let description = "True where lhs or rhs or both are.";
  let arguments = (ins I1:$lhs, I1:$rhs);
  let assemblyFormat = "operands attr-dict";
}

def Act_NotOp : Act_TruthOp<"not"> {
  let summary = "the opposite";
  let description = "True where the operand is false.";
  let arguments = (ins I1:$operand);
  let assemblyFormat = "operands attr-dict";
}

//===----------------------------------------------------------------------===//
// Functions of one argument, in the order of Functions.def
//===----------------------------------------------------------------------===//

def Act_ExpOp : Act_UnaryFunctionOp<"exp"> {
  let summary = "e ** x";
  let description = "Derivative: exp(x).";
}

def Act_Exp2Op : Act_UnaryFunctionOp<"exp2"> {
  let summary = "2 ** x";
  let description = "Derivative: exp2(x) * log(2).";
}

def Act_Expm1Op : Act_UnaryFunctionOp<"expm1"> {
  let summary = "exp(x) - 1";
  let description = "Derivative: exp(x).";
}

def Act_LogOp : Act_UnaryFunctionOp<"log"> {
  let summary = "natural logarithm of x > 0";
  let description = "Derivative: 1 / x.";
}

def Act_Log2Op : Act_UnaryFunctionOp<"log2"> {
  let summary = "logarithm to base 2 of x > 0";
  let description = "Derivative: 1 / (x * log(2)).";
}

def Act_Log10Op : Act_UnaryFunctionOp<"log10"> {
  let summary = "logarithm to base 10 of x > 0";
  let description = "Derivative: 1 / (x * log(10)).";
}

def Act_Log1pOp : Act_UnaryFunctionOp<"log1p"> {
  let summary = "log(1 + x), x > -1";
  let description = "Derivative: 1 / (1 + x).";
}

def Act_SqrtOp : Act_UnaryFunctionOp<"sqrt"> {
  let summary = "square root of x >= 0";
  let description = "Derivative: 0.5 / sqrt(x); infinite at 0.";
}

def Act_RsqrtOp : Act_UnaryFunctionOp<"rsqrt"> {
  let summary = "1 / sqrt(x), x > 0";
  let description = "Derivative: -0.5 * rsqrt(x) / x.";
}

def Act_AbsOp : Act_UnaryFunctionOp<"abs"> {
  let summary = "absolute value";
  let description = "Derivative: sign(x), hence 0 at 0.";
}

def Act_SignOp : Act_StepFunctionOp<"sign"> {
  let summary = "-1, 0 or 1 for x negative, zero or positive";
  let description = "Derivative: 0 everywhere.";
}

def Act_FloorOp : Act_StepFunctionOp<"floor"> {
  let summary = "largest integer <= x";
  let description = "Derivative: 0 everywhere.";
}

def Act_CeilOp : Act_StepFunctionOp<"ceil"> {
  let summary = "smallest integer >= x";
  let description = "Derivative: 0 everywhere.";
}

def Act_RoundOp : Act_StepFunctionOp<"round"> {
  let summary = "nearest integer, a tie to the even one";
  let description = "Derivative: 0 everywhere.";
}

def Act_SinOp : Act_UnaryFunctionOp<"sin"> {
  let summary = "sine of x in radians";
  let description = "Derivative: cos(x).";
}

def Act_CosOp : Act_UnaryFunctionOp<"cos"> {
  let summary = "cosine of x in radians";
  let description = "Derivative: -sin(x).";
}

def Act_TanOp : Act_UnaryFunctionOp<"tan"> {
  let summary = "tangent of x in radians";
  let description = "Derivative: 1 + tan(x) ** 2.";
}

def Act_AsinOp : Act_UnaryFunctionOp<"asin"> {
  let summary = "arc sine of x in [-1, 1], in [-pi/2, pi/2]";
  let description = "Derivative: 1 / sqrt(1 - x ** 2).";
}

def Act_AcosOp : Act_UnaryFunctionOp<"acos"> {
  let summary = "arc cosine of x in [-1, 1], in [0, pi]";
  let description = "Derivative: -1 / sqrt(1 - x ** 2).";
}

def Act_AtanOp : Act_UnaryFunctionOp<"atan"> {
  let summary = "arc tangent, in (-pi/2, pi/2)";
  let description = "Derivative: 1 / (1 + x ** 2).";
}

def Act_SinhOp : Act_UnaryFunctionOp<"sinh"> {
  let summary = "(exp(x) - exp(-x)) / 2";
  let description = "Derivative: cosh(x).";
}

def Act_CoshOp : Act_UnaryFunctionOp<"cosh"> {
  let summary = "(exp(x) + exp(-x)) / 2";
  let description = "Derivative: sinh(x).";
}

def Act_TanhOp : Act_UnaryFunctionOp<"tanh"> {
  let summary = "sinh(x) / cosh(x)";
  let description = "Derivative: 1 - tanh(x) ** 2.";
}

def Act_AsinhOp : Act_UnaryFunctionOp<"asinh"> {
  let summary = "inverse of sinh";
  let description = "Derivative: 1 / sqrt(1 + x ** 2).";
}

def Act_AcoshOp : Act_UnaryFunctionOp<"acosh"> {
  let summary = "inverse of cosh on x >= 1, non-negative";
  let description = "Derivative: 1 / sqrt(x ** 2 - 1).";
}

def Act_AtanhOp : Act_UnaryFunctionOp<"atanh"> {
  let summary = "inverse of tanh on (-1, 1)";
  let description = "Derivative: 1 / (1 - x ** 2).";
}

def Act_ErfOp : Act_UnaryFunctionOp<"erf"> {
  let summary = "error function";
  let description = [{
    2/sqrt(pi) times the integral of exp(-t ** 2) from 0 to x.
    Derivative: 2 / sqrt(pi) * exp(-x ** 2).
  }];
}

def Act_ErfcOp : Act_UnaryFunctionOp<"erfc"> {
  let summary = "1 - erf(x)";
  let description = "Derivative: -2 / sqrt(pi) * exp(-x ** 2).";
}

def Act_SigmoidOp : Act_UnaryFunctionOp<"sigmoid"> {
  let summary = "1 / (1 + exp(-x))";
  let description = "Derivative: sigmoid(x) * (1 - sigmoid(x)).";
}

def Act_LogsigmoidOp : Act_UnaryFunctionOp<"logsigmoid"> {
  let summary = "log(sigmoid(x))";
  let description = "Derivative: sigmoid(-x).";
}

def Act_SoftplusOp : Act_UnaryFunctionOp<"softplus"> {
  let summary = "log(1 + exp(x))";
  let description = "Derivative: sigmoid(x).";
}

def Act_NormcdfOp : Act_UnaryFunctionOp<"normcdf"> {
  let summary = "cumulative distribution of the standard normal";
  let description = [{
    (1 + erf(x / sqrt(2))) / 2. Derivative: normpdf(x).
  }];
}

def Act_NormpdfOp : Act_UnaryFunctionOp<"normpdf"> {
  let summary = "density of the standard normal";
  let description = [{
    exp(-x ** 2 / 2) / sqrt(2 * pi). Derivative: -x * normpdf(x).
  }];
}

//===----------------------------------------------------------------------===//
// What lowering makes
//===----------------------------------------------------------------------===//

def Act_PiecewiseOp : Op<Act_Dialect, "piecewise", [Pure]> {
  let summary = "polynomials on pieces of an axis, times an exponential";
  let description = [{
    exp(exponent) p(x), where p is a polynomial in x - center for each of at most
    32 pieces, n = first … last the integer that is nearest to x / step. Where
    `exponent_side` is -1 or 1 the exponential is that of pieces with such an n
    only, elsewhere it is 1; the exponent is not positive where it counts. Beyond
    the pieces x is held to first or last step, in the linear term to `least` and
    `most`. `coefficients` has 32 of each power, from the lowest on, `centers`
    32, those of piece n at n mod 32; `low_slopes`, where there are any, is what
    the coefficients of x - center lack.

    Where `halving`, it is 2^-m p(x) instead, p a polynomial in x - n step, and n
    is not held where m grows: m = n where first is 0, else m = max(-n, 0).
    There, in the outermost piece and beyond, a `tail` of shift, slope, constant
    makes y = 2^-m p(x) into y (x + shift) + y^2 (slope x + constant). With
    `times_x`, where first is negative, it is 2^-m x (1 + p(x)), and a tail makes
    y = 2^-m (1 + p(x)) into x (y + slope y^2).

    Where first is 0, that is of |x|. Where `odd`, the result then has the sign of
    x; where there is a `complement`, the result is that minus it for x > 0, or
    for x < 0 where `complement_below`.

    Lowering alone makes these, for one kernel: they stand for a function within
    the rounding of a number format, and have no derivative rule.
  }];
  let arguments = (ins Optional<Act_Real>:$exponent, Act_Real:$operand,
                       F64Attr:$step, I32Attr:$first, I32Attr:$last,
                       F64Attr:$least, F64Attr:$most,
                       DefaultValuedAttr<I32Attr, "0">:$exponent_side,
                       UnitAttr:$halving, UnitAttr:$times_x,
                       OptionalAttr<DenseF64ArrayAttr>:$tail,
                       UnitAttr:$odd, OptionalAttr<F64Attr>:$complement,
                       UnitAttr:$complement_below,
                       DenseF64ArrayAttr:$centers,
                       DenseF64ArrayAttr:$coefficients,
                       OptionalAttr<DenseF64ArrayAttr>:$low_slopes);
  let results = (outs Act_Real:$result);
  let assemblyFormat = [{
    (`exp` `(` $exponent^ `:` qualified(type($exponent)) `)`)? $operand attr-dict
  }];
  let hasVerifier = 1;
}

#endif // ACTIN_DIALECT_ACT_ACTOPS_TD
