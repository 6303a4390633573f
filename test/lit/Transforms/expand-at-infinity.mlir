// RUN: actin-opt %s -act-expand-at-infinity -split-input-file | FileCheck %s
// RUN: actin-opt %s -act-expand-at-infinity=f64 -split-input-file | FileCheck %s -check-prefix=F64

// x + sqrt(1 + x^2) = 1 / (2 |x|) (1 - 1 / (4 x^2) + …) for negative x.
// CHECK-LABEL: func.func @negative_side
// CHECK-SAME: (%[[X:.*]]: !act.real)
// CHECK: %[[F:.*]] = act.add %[[X]], %{{.*}}
// CHECK-NEXT: %[[N:.*]] = act.neg %[[X]]
// CHECK-NEXT: %[[ONE:.*]] = act.constant 1.0
// CHECK-NEXT: %[[W:.*]] = act.div %[[ONE]], %[[N]]
// CHECK-NEXT: %[[T:.*]] = act.mul %[[W]], %[[W]]
// CHECK: act.constant 0.49999999
// CHECK: %[[P:.*]] = act.add
// CHECK-NEXT: %[[S:.*]] = act.div %[[P]], %[[N]]
// CHECK-NEXT: %[[LIMIT:.*]] = act.constant -1.0
// CHECK-NEXT: %[[FAR:.*]] = act.cmp lt, %[[X]], %[[LIMIT]]
// CHECK-NEXT: %[[Y:.*]] = act.where %[[FAR]], %[[S]], %[[F]]
// CHECK-NEXT: return %[[Y]]
// F64-LABEL: func.func @negative_side
// F64: act.constant 0.49999999999999999
// F64: act.where
func.func @negative_side(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %two = act.constant 2.0
  %0 = act.pow %x, %two
  %1 = act.add %one, %0
  %2 = act.sqrt %1
  %3 = act.add %x, %2
  return %3 : !act.real
}

// -----

// x - x^3 / (1 + x^2) is one function of 1 / x on both sides.
// CHECK-LABEL: func.func @both_sides
// CHECK-SAME: (%[[X:.*]]: !act.real)
// CHECK: %[[F:.*]] = act.sub %[[X]], %{{.*}}
// CHECK: act.div %{{.*}}, %[[X]]
// CHECK: %[[S:.*]] = act.div %{{.*}}, %[[X]]
// CHECK: %[[A:.*]] = act.abs %[[X]]
// CHECK: %[[FAR:.*]] = act.cmp gt, %[[A]], %{{.*}}
// CHECK-NEXT: %[[Y:.*]] = act.where %[[FAR]], %[[S]], %[[F]]
// CHECK-NEXT: return %[[Y]]
func.func @both_sides(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %two = act.constant 2.0
  %three = act.constant 3.0
  %0 = act.pow %x, %two
  %1 = act.add %one, %0
  %2 = act.pow %x, %three
  %3 = act.div %2, %1
  %4 = act.sub %x, %3
  return %4 : !act.real
}

// -----

// x (sqrt(1 + x^2) - |x|) is odd, but a function of |x| on either side.
// CHECK-LABEL: func.func @odd
// CHECK-SAME: (%[[X:.*]]: !act.real)
// CHECK: %[[F:.*]] = act.mul %[[X]], %{{.*}}
// CHECK: %[[SIGN:.*]] = act.sign %[[X]]
// CHECK-NEXT: %[[S:.*]] = act.mul %[[SIGN]], %{{.*}}
// CHECK: act.where %{{.*}}, %[[S]], %[[F]]
func.func @odd(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %two = act.constant 2.0
  %0 = act.pow %x, %two
  %1 = act.add %one, %0
  %2 = act.sqrt %1
  %3 = act.abs %x
  %4 = act.sub %2, %3
  %5 = act.mul %x, %4
  return %5 : !act.real
}

// -----

// (1 + x^2)^(1/3) - |x|^(2/3): -4/3 is the power.
// CHECK-LABEL: func.func @power_of_a_third
// CHECK: %[[THIRD:.*]] = act.constant -0.333333333333333333333333333333333
// CHECK-NEXT: act.pow %{{.*}}, %[[THIRD]]
// CHECK: act.where
func.func @power_of_a_third(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %two = act.constant 2.0
  %third = act.constant 0.33333333333333333333333333333333333
  %0 = act.pow %x, %two
  %1 = act.add %one, %0
  %2 = act.pow %1, %third
  %3 = act.pow %0, %third
  %4 = act.sub %2, %3
  return %4 : !act.real
}

// -----

// Far out, the selection has one branch: (atan(x) + pi / 2) - x / (1 + x^2).
// CHECK-LABEL: func.func @through_selection
// CHECK: %[[F:.*]] = act.add
// CHECK: act.cmp lt
// CHECK: act.where %{{.*}}, %{{.*}}, %[[F]]
func.func @through_selection(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %minus = act.constant -1.0
  %two = act.constant 2.0
  %quarter = act.constant 1.57079632679489661923132169163975144
  %0 = act.atan %x
  %1 = act.add %0, %quarter
  %2 = act.div %one, %x
  %3 = act.atan %2
  %4 = act.neg %3
  %5 = act.cmp lt, %x, %minus
  %6 = act.where %5, %4, %1
  %7 = act.pow %x, %two
  %8 = act.add %one, %7
  %9 = act.div %x, %8
  %10 = act.add %6, %9
  return %10 : !act.real
}

// -----

// Nothing cancels, but 0 times infinity is -1 here.
// CHECK-LABEL: func.func @lost_limit
// CHECK: %[[F:.*]] = act.mul
// CHECK: act.where %{{.*}}, %{{.*}}, %[[F]]
func.func @lost_limit(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %0 = act.div %one, %x
  %1 = act.atan %0
  %2 = act.neg %1
  %3 = act.mul %x, %2
  return %3 : !act.real
}

// -----

// The product vanishes exponentially, a factor has a series.
// CHECK-LABEL: func.func @part
// CHECK: %[[F:.*]] = act.sub
// CHECK: %[[NEAR:.*]] = act.where %{{.*}}, %{{.*}}, %[[F]]
// CHECK: act.mul %{{.*}}, %[[NEAR]]
func.func @part(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %two = act.constant 2.0
  %0 = act.pow %x, %two
  %1 = act.add %one, %0
  %2 = act.sqrt %1
  %3 = act.sub %2, %x
  %4 = act.neg %x
  %5 = act.exp %4
  %6 = act.mul %5, %3
  return %6 : !act.real
}

// -----

// (x + e^-x) (2 + x) - x (1 + x + e^-x) is x but for 2 e^-x, which is what the
// difference is of: a series that is x to f64's digits would hide it.
// CHECK-LABEL: func.func @parts_that_cancel
// CHECK-NOT: act.where
func.func @parts_that_cancel(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %two = act.constant 2.0
  %0 = act.neg %x
  %1 = act.exp %0
  %2 = act.add %x, %1
  %3 = act.add %two, %x
  %4 = act.mul %2, %3
  %5 = act.add %one, %2
  %6 = act.mul %x, %5
  %7 = act.sub %4, %6
  %8 = act.sub %7, %x
  return %8 : !act.real
}

// -----

// 1 - tanh(x) is no series in 1 / x.
// CHECK-LABEL: func.func @exponential
// CHECK-NOT: act.where
func.func @exponential(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %0 = act.tanh %x
  %1 = act.sub %one, %0
  return %1 : !act.real
}

// -----

// x + (sqrt(1 + x^2) - x) needs no more digits of the difference than it has.
// CHECK-LABEL: func.func @errors_that_do_not_show
// CHECK-NOT: act.where
func.func @errors_that_do_not_show(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %two = act.constant 2.0
  %0 = act.pow %x, %two
  %1 = act.add %one, %0
  %2 = act.sqrt %1
  %3 = act.sub %2, %x
  %4 = act.add %x, %3
  return %4 : !act.real
}

// -----

// CHECK-LABEL: func.func @two_variables
// CHECK-NOT: act.where
func.func @two_variables(%x: !act.real, %y: !act.real) -> !act.real {
  %one = act.constant 1.0
  %0 = act.add %one, %y
  %1 = act.sub %0, %x
  return %1 : !act.real
}
