//===- Passes.td - Passes over formulas --------------------*- tablegen -*-===//

#ifndef ACTIN_TRANSFORMS_PASSES_TD
#define ACTIN_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def ActDifferentiate : Pass<"act-differentiate", "::mlir::ModuleOp"> {
  let summary = "Derive a formula with respect to one of its arguments";
  let description = [{
    Adds `@<function>_d<wrt>`, with the same arguments, which gives the
    derivative; of order 2, `@<function>_d<wrt>_d<wrt>`, and so on. Each
    operation contributes the rule of its DifferentiableOpInterface (forward
    mode); where `act.gradients` names a replacement for this argument, the
    result is a copy of that. The result is not simplified.

    ```mlir
    func.func @f(%x: !act.real {act.name = "x", act.role = "input"})
        -> !act.real {
      %0 = act.tanh %x
      return %0 : !act.real
    }
    // -act-differentiate="function=f wrt=x" adds
    func.func @f_dx(%x: !act.real {act.name = "x", act.role = "input"})
        -> !act.real {
      %0 = act.tanh %x
      %two = act.constant 2.0
      %1 = act.pow %0, %two
      %one = act.constant 1.0
      %2 = act.sub %one, %1
      return %2 : !act.real
    }
    ```
  }];
  let options = [
    Option<"functionName", "function", "std::string", "",
           "The function to derive; empty for every public one">,
    Option<"argumentName", "wrt", "std::string", "",
           "The `act.name` of the argument; empty for the first argument">,
    Option<"order", "order", "unsigned", "1", "How many times to derive">
  ];
  let dependentDialects = ["::actin::act::ActDialect"];
}

def ActSimplify : Pass<"act-simplify", "::mlir::func::FuncOp"> {
  let summary = "Shorten formulas by algebra";
  let description = [{
    Rebuilds each function from a normal form in which sums and products are
    n-ary. Constants are folded, like terms and equal bases collected, common
    factors taken out, fractions merged where terms cancel, selections and
    comparisons simplified, equal operations shared and dead ones dropped.

    No rule changes a value at a point where the formula is defined, and none
    but `cancel-factors` widens the domain, with one exception: a product with
    a constant 0 is 0.
  }];
  let options = [
    Option<"foldIrrational", "fold-irrational", "bool", "false",
           "Fold all constants, to 113 bits, also where that is not exact">,
    Option<"cancelFactors", "cancel-factors", "bool", "false",
           "Let x / x be 1 and sqrt(x) ** 2 be x">,
    Option<"readable", "readable", "bool", "false",
           "Prefer the form that people write">
  ];
  let dependentDialects = ["::actin::act::ActDialect"];
}

def ActPlanKernel : Pass<"act-plan-kernel", "::mlir::ModuleOp"> {
  let summary = "Make one function of everything that a kernel computes";
  let description = [{
    Adds `@kernel`, whose results are the value of a formula, gradients times
    the incoming gradient `dout`, and second derivatives, with shared parts
    computed once. Arguments: those of the formula, then `dout` if a gradient
    is asked for. Each result has an `act.role`, and an `act.name` unless it is
    the forward value.
  }];
  let options = [
    Option<"functionName", "function", "std::string", "",
           "The formula; empty for the first function">,
    Option<"forward", "forward", "bool", "true", "Compute the value">,
    ListOption<"gradients", "gradients", "std::string",
               "Arguments whose gradient to compute">,
    ListOption<"seconds", "seconds", "std::string",
               "Inputs whose second derivative to compute">
  ];
  let dependentDialects = ["::actin::act::ActDialect"];
}

def ActElideClamps : Pass<"act-elide-clamps", "::mlir::func::FuncOp"> {
  let summary = "Leave out clamps that provably change no result";
  let description = [{
    Each bound of an `act.clamp` is left out where intervals prove that no
    result of the function changes by more than a quarter of an ulp of the
    compute type for it, for any arguments: every real number for inputs,
    infinities included, and every finite one for the others. A clamp with one
    bound left is a minimum or a maximum; one that cannot be proven to change
    nothing stays as it is.

    ```mlir
    %0 = act.clamp %x, %minus_200, %200
    %1 = act.sigmoid %0
    // in f32
    %1 = act.sigmoid %x
    ```
  }];
  let options = [
    Option<"isF64", "f64", "bool", /*default=*/"false",
           "The compute type is f64, else f32">];
  let dependentDialects = ["::actin::act::ActDialect"];
}

def ActRecognizeForms : Pass<"act-recognize-forms", "::mlir::func::FuncOp"> {
  let summary = "Replace forms whose derivatives overflow or cancel";
  let description = [{
    See Stabilize.h. For functions that are not differentiated yet.
  }];
  let dependentDialects = ["::actin::act::ActDialect"];
}

def ActStabilize : Pass<"act-stabilize", "::mlir::func::FuncOp"> {
  let summary = "Rewrite forms that overflow or cancel";
  let description = [{
    See Stabilize.h. Constants must be folded already, as by
    `-act-simplify=fold-irrational`.
  }];
  let options = [
    Option<"isF64", "f64", "bool", /*default=*/"false",
           "The compute type is f64, else f32">];
  let dependentDialects = ["::actin::act::ActDialect"];
}

def ActExpandNearZero : Pass<"act-expand-near-zero", "::mlir::func::FuncOp"> {
  let summary = "Replace what cancels at 0 by a polynomial there";
  let description = [{
    See ExpandNearZero.h. Constants must be folded already, as by
    `-act-simplify=fold-irrational`.
  }];
  let options = [
    Option<"isF64", "f64", "bool", /*default=*/"false",
           "The compute type is f64, else f32">];
  let dependentDialects = ["::actin::act::ActDialect"];
}

def ActExpandAtInfinity
    : Pass<"act-expand-at-infinity", "::mlir::func::FuncOp"> {
  let summary = "Replace what cancels far from 0 by a series there";
  let description = [{
    See ExpandAtInfinity.h. Constants must be folded already, as by
    `-act-simplify=fold-irrational`.
  }];
  let options = [
    Option<"isF64", "f64", "bool", /*default=*/"false",
           "The compute type is f64, else f32">];
  let dependentDialects = ["::actin::act::ActDialect"];
}

#endif // ACTIN_TRANSFORMS_PASSES_TD
