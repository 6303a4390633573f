// Folders, through MLIR's own canonicalizer.
// RUN: actin-opt %s -canonicalize -split-input-file | FileCheck %s

// CHECK-LABEL: func.func @neutral
func.func @neutral(%x: !act.real) -> !act.real {
  // CHECK-NEXT: return %arg0
  %zero = act.constant 0.0
  %one = act.constant 1.0
  %0 = act.add %x, %zero
  %1 = act.add %zero, %0
  %2 = act.sub %1, %zero
  %3 = act.mul %2, %one
  %4 = act.mul %one, %3
  %5 = act.div %4, %one
  %6 = act.pow %5, %one
  %7 = act.neg %6
  %8 = act.neg %7
  %9 = act.max %8, %8
  return %9 : !act.real
}

// -----

// A decimal folds as the decimal that it is.
// CHECK-LABEL: func.func @decimal
func.func @decimal() -> !act.real {
  // CHECK-NEXT: act.constant 0.134145
  %a = act.constant 0.044715
  %b = act.constant 3.0
  %0 = act.mul %a, %b
  return %0 : !act.real
}

// -----

// What is no short decimal keeps its shape.
// CHECK-LABEL: func.func @irrational
func.func @irrational() -> (!act.real, !act.real) {
  // CHECK: act.sqrt
  // CHECK: act.div
  %one = act.constant 1.0
  %two = act.constant 2.0
  %three = act.constant 3.0
  %0 = act.sqrt %two
  %1 = act.div %one, %three
  return %0, %1 : !act.real, !act.real
}

// -----

// CHECK-LABEL: func.func @zero_wins
func.func @zero_wins(%x: !act.real) -> !act.real {
  // CHECK-NEXT: %[[ZERO:.*]] = act.constant 0.0
  // CHECK-NEXT: return %[[ZERO]]
  %zero = act.constant 0.0
  %0 = act.log %x
  %1 = act.mul %zero, %0
  return %1 : !act.real
}

// -----

// CHECK-LABEL: func.func @selection
func.func @selection(%x: !act.real, %y: !act.real) -> !act.real {
  // CHECK: return %arg1
  %one = act.constant 1.0
  %two = act.constant 2.0
  %less = act.cmp gt, %one, %two
  %unknown = act.cmp gt, %x, %two
  %both = act.and %unknown, %less
  %0 = act.where %both, %x, %y
  return %0 : !act.real
}
