// RUN: actin-opt %s -act-expand-near-zero -split-input-file | FileCheck %s
// RUN: actin-opt %s -act-expand-near-zero=f64 -split-input-file | FileCheck %s -check-prefix=F64

// x - tanh(x) = x^3 p(x^2): x (x^2 p).
// CHECK-LABEL: func.func @tanhshrink
// CHECK-SAME: (%[[X:.*]]: !act.real)
// CHECK-NEXT: %[[T:.*]] = act.tanh %[[X]]
// CHECK-NEXT: %[[D:.*]] = act.sub %[[X]], %[[T]]
// CHECK-NEXT: %[[W:.*]] = act.mul %[[X]], %[[X]]
// CHECK: act.constant 0.33333333
// CHECK: %[[P:.*]] = act.add %{{.*}}, %{{.*}}
// CHECK-NEXT: %[[Q:.*]] = act.mul %[[W]], %[[P]]
// CHECK-NEXT: %[[R:.*]] = act.mul %[[X]], %[[Q]]
// CHECK-NEXT: %[[A:.*]] = act.abs %[[X]]
// CHECK-NEXT: %[[LIMIT:.*]] = act.constant 1.0
// CHECK-NEXT: %[[NEAR:.*]] = act.cmp lt, %[[A]], %[[LIMIT]]
// CHECK-NEXT: %[[Y:.*]] = act.where %[[NEAR]], %[[R]], %[[D]]
// CHECK-NEXT: return %[[Y]]
// F64-LABEL: func.func @tanhshrink
// F64: act.constant 0.33333333333333333
// F64: act.where
func.func @tanhshrink(%x: !act.real) -> !act.real {
  %0 = act.tanh %x
  %1 = act.sub %x, %0
  return %1 : !act.real
}

// -----

// The variable is the quotient, whatever its parts; x * (e / a) is (x / a) * e.
// Away from 0 expm1(u) - u e^u is (1 - u) e^u - 1, where but one term is large.
// CHECK-LABEL: func.func @of_a_quotient
// CHECK-SAME: (%[[X:.*]]: !act.real, %[[A:.*]]: !act.real)
// CHECK-NEXT: %[[U:.*]] = act.div %[[X]], %[[A]]
// CHECK-NEXT: %[[E:.*]] = act.exp %[[U]]
// CHECK-NEXT: %[[ONE:.*]] = act.constant 1.0
// CHECK-NEXT: %[[N:.*]] = act.neg %[[U]]
// CHECK-NEXT: %[[S:.*]] = act.add %[[N]], %[[ONE]]
// CHECK-NEXT: %[[P:.*]] = act.mul %[[S]], %[[E]]
// CHECK-NEXT: %[[D:.*]] = act.sub %[[P]], %[[ONE]]
// CHECK: act.abs %[[U]]
// CHECK: act.where %{{.*}}, %{{.*}}, %[[D]]
func.func @of_a_quotient(%x: !act.real, %a: !act.real) -> !act.real {
  %0 = act.div %x, %a
  %1 = act.expm1 %0
  %2 = act.exp %0
  %3 = act.div %2, %a
  %4 = act.mul %x, %3
  %5 = act.sub %1, %4
  return %5 : !act.real
}

// -----

// (x / s - asinh(a x) / a) / a, the derivative of asinh(a x) / a by a: (u / s -
// asinh(u)) / a^2 with u = a x.
// CHECK-LABEL: func.func @of_a_product
// CHECK-SAME: (%[[X:.*]]: !act.real, %[[A:.*]]: !act.real)
// CHECK: %[[U:.*]] = act.mul %[[A]], %[[X]]
// CHECK: %[[F:.*]] = act.asinh %[[U]]
// CHECK: act.sub %{{.*}}, %[[F]]
// CHECK: %[[NEAR:.*]] = act.where
// CHECK: act.div %[[NEAR]], %[[A]]
func.func @of_a_product(%x: !act.real, %a: !act.real) -> !act.real {
  %one = act.constant 1.0
  %two = act.constant 2.0
  %u = act.mul %a, %x
  %f = act.asinh %u
  %square = act.pow %u, %two
  %sum = act.add %one, %square
  %s = act.sqrt %sum
  %slope = act.div %x, %s
  %part = act.div %f, %a
  %0 = act.sub %slope, %part
  %1 = act.div %0, %a
  return %1 : !act.real
}

// -----

// 1 + (x - tanh(x)) needs no more digits of the difference than it has.
// CHECK-LABEL: func.func @errors_that_do_not_show
// CHECK-NOT: act.where
func.func @errors_that_do_not_show(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %0 = act.tanh %x
  %1 = act.sub %x, %0
  %2 = act.add %one, %1
  return %2 : !act.real
}

// -----

// No power series at 0, and nothing that cancels there.
// CHECK-LABEL: func.func @not_smooth
// CHECK-NOT: act.where
func.func @not_smooth(%x: !act.real) -> !act.real {
  %0 = act.sqrt %x
  %1 = act.sin %0
  %2 = act.sub %0, %1
  return %2 : !act.real
}

// -----

// Two variables: x - tanh(y).
// CHECK-LABEL: func.func @two_variables
// CHECK-NOT: act.where
func.func @two_variables(%x: !act.real, %y: !act.real) -> !act.real {
  %0 = act.tanh %y
  %1 = act.sub %x, %0
  return %1 : !act.real
}

// -----

// 1 / x^2 - e^-|x| / expm1(-|x|)^2 is even, so that a series in x goes through
// |x|.
// CHECK-LABEL: func.func @through_magnitude
// CHECK: %[[FAR:.*]] = act.sub
// CHECK: act.where %{{.*}}, %{{.*}}, %[[FAR]]
func.func @through_magnitude(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %two = act.constant 2.0
  %0 = act.abs %x
  %1 = act.neg %0
  %2 = act.exp %1
  %3 = act.expm1 %1
  %4 = act.pow %3, %two
  %5 = act.div %2, %4
  %6 = act.pow %x, %two
  %7 = act.div %one, %6
  %8 = act.sub %7, %5
  return %8 : !act.real
}
