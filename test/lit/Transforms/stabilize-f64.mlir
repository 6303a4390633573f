// RUN: actin-opt %s -act-stabilize=f64 -split-input-file | FileCheck %s

// 3 + 6 sin(u) cos(u) = 6 sin(u + pi / 4)^2
// CHECK-LABEL: func.func @constant_plus_sines
// CHECK-DAG: %[[EIGHTH:.*]] = act.constant 0.78539816339744830961566084581987
// CHECK-DAG: %[[SIX:.*]] = act.constant 6.0
// CHECK: %[[TURNED:.*]] = act.add %arg0, %[[EIGHTH]]
// CHECK: %[[SIN:.*]] = act.sin %[[TURNED]]
// CHECK: %[[SQUARE:.*]] = act.pow %[[SIN]], %
// CHECK: act.mul %[[SIX]], %[[SQUARE]]
// CHECK-NEXT: return
func.func @constant_plus_sines(%u: !act.real) -> !act.real {
  %three = act.constant 3.0
  %six = act.constant 6.0
  %0 = act.sin %u
  %1 = act.mul %six, %0
  %2 = act.cos %u
  %3 = act.mul %1, %2
  %4 = act.add %three, %3
  return %4 : !act.real
}

// -----

// 1 - sin(u) = 2 sin(u / 2 - pi / 4)^2
// CHECK-LABEL: func.func @constant_minus_sine
// CHECK: %[[EIGHTH:.*]] = act.constant -0.78539816339744830961566084581987
// CHECK: %[[HALF:.*]] = act.mul %{{.*}}, %arg0
// CHECK: %[[TURNED:.*]] = act.add %[[HALF]], %
// CHECK: act.sin %[[TURNED]]
func.func @constant_minus_sine(%u: !act.real) -> !act.real {
  %one = act.constant 1.0
  %0 = act.sin %u
  %1 = act.sub %one, %0
  return %1 : !act.real
}

// -----

// Another ratio has no double root.
// CHECK-LABEL: func.func @other_ratio
// CHECK: act.sin %arg0
// CHECK-NEXT: act.cos %arg0
func.func @other_ratio(%u: !act.real) -> !act.real {
  %one = act.constant 1.0
  %0 = act.sin %u
  %1 = act.cos %u
  %2 = act.mul %0, %1
  %3 = act.add %one, %2
  return %3 : !act.real
}
