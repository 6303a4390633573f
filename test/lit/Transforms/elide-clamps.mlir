// RUN: actin-opt %s -act-elide-clamps -split-input-file \
// RUN:   | FileCheck %s --check-prefixes=CHECK,F32
// RUN: actin-opt %s -act-elide-clamps=f64=true -split-input-file \
// RUN:   | FileCheck %s --check-prefixes=CHECK,F64

// Of 1 / (1 + e^-u) nothing is left at 200 in f32; in f64, e^-200 is a number.
// CHECK-LABEL: func.func @saturated
// F32-NOT: act.clamp
// F32: %[[N:.*]] = act.neg %arg0
// F32-NEXT: %[[E:.*]] = act.exp %[[N]]
// F64: %[[R:.*]] = act.max %arg0, %{{.*}}
// F64-NEXT: act.neg %[[R]]
func.func @saturated(%x: !act.real) -> !act.real {
  %low = act.constant -200.0
  %high = act.constant 200.0
  %0 = act.clamp %x, %low, %high
  %1 = act.neg %0
  %2 = act.exp %1
  %one = act.constant 1.0
  %3 = act.add %one, %2
  %4 = act.div %one, %3
  return %4 : !act.real
}

// -----

// log(1 + e^u) saturates at 88: that bound changes results.
// CHECK-LABEL: func.func @softplus
// F32-DAG: %[[HIGH:.*]] = act.constant 88.0
// F32-DAG: %[[U:.*]] = act.min %arg0, %[[HIGH]]
// F32: act.exp %[[U]]
// F64: act.clamp
func.func @softplus(%x: !act.real) -> !act.real {
  %low = act.constant -200.0
  %high = act.constant 88.0
  %0 = act.clamp %x, %low, %high
  %1 = act.exp %0
  %one = act.constant 1.0
  %2 = act.add %one, %1
  %3 = act.log %2
  return %3 : !act.real
}

// -----

// x e^-200 is smaller than every number for finite x, but not at infinity.
// CHECK-LABEL: func.func @limit
// CHECK: %[[U:.*]] = act.max %arg0, %{{.*}}
// CHECK-NEXT: %[[S:.*]] = act.sigmoid %[[U]]
// CHECK-NEXT: act.mul %arg0, %[[S]]
func.func @limit(%x: !act.real) -> !act.real {
  %low = act.constant -200.0
  %high = act.constant 200.0
  %0 = act.clamp %x, %low, %high
  %1 = act.sigmoid %0
  %2 = act.mul %x, %1
  return %2 : !act.real
}

// -----

// A parameter is finite; dout is, and may be large: 1 - tanh(20)^2 times it is
// a number.
// CHECK-LABEL: func.func @incoming_gradient
// CHECK-SAME: %[[X:[^:]*]]: !act.real{{.*}}, %[[DOUT:[^:]*]]: !act.real
// CHECK: %[[C:.*]] = act.clamp %[[X]]
// CHECK: act.tanh %[[C]]
func.func @incoming_gradient(
    %x: !act.real {act.name = "x", act.role = "input"},
    %dout: !act.real {act.name = "dout", act.role = "dout"}) -> !act.real {
  %low = act.constant -20.0
  %high = act.constant 20.0
  %0 = act.clamp %x, %low, %high
  %1 = act.tanh %0
  %two = act.constant 2.0
  %2 = act.pow %1, %two
  %one = act.constant 1.0
  %3 = act.sub %one, %2
  %4 = act.mul %dout, %3
  return %4 : !act.real
}

// -----

// Every result counts: the value alone would not need the bounds.
// CHECK-LABEL: func.func @two_results
// CHECK: act.clamp
func.func @two_results(%x: !act.real) -> (!act.real, !act.real) {
  %low = act.constant -40.0
  %high = act.constant 40.0
  %0 = act.clamp %x, %low, %high
  %1 = act.tanh %0
  %2 = act.exp %0
  return %1, %2 : !act.real, !act.real
}

// -----

// Never reached: the range of the operand is inside.
// CHECK-LABEL: func.func @idle
// CHECK-NEXT: %[[R:.*]] = act.tanh %arg0
// CHECK-NEXT: return %[[R]]
func.func @idle(%x: !act.real) -> !act.real {
  %low = act.constant -1.0
  %high = act.constant 1.0
  %0 = act.tanh %x
  %1 = act.clamp %0, %low, %high
  return %1 : !act.real
}

// -----

// Without it the square root of negative numbers would be taken.
// CHECK-LABEL: func.func @domain
// CHECK: %[[U:.*]] = act.max %arg0, %{{.*}}
// CHECK-NEXT: act.sqrt %[[U]]
func.func @domain(%x: !act.real) -> !act.real {
  %low = act.constant 0.0
  %high = act.constant inf
  %0 = act.clamp %x, %low, %high
  %1 = act.sqrt %0
  return %1 : !act.real
}
