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

// a - a^3 x^2 / (s (1 + s)) with s = sqrt(1 + a^2 x^2): a (1 - u^2 / (s (1 +
// s))) with u = a x, which cancels far from 0.
// CHECK-LABEL: func.func @far_out
// CHECK-SAME: (%[[X:.*]]: !act.real, %[[A:.*]]: !act.real)
// CHECK: %[[U:.*]] = act.mul %[[A]], %[[X]]
// CHECK: %[[F:.*]] = act.sub
// CHECK-NEXT: %[[P:.*]] = act.mul %[[F]], %[[A]]
// CHECK-NEXT: return %[[P]]
func.func @far_out(%x: !act.real, %a: !act.real) -> !act.real {
  %one = act.constant 1.0
  %two = act.constant 2.0
  %three = act.constant 3.0
  %0 = act.pow %a, %two
  %1 = act.pow %x, %two
  %2 = act.mul %0, %1
  %3 = act.add %one, %2
  %4 = act.sqrt %3
  %5 = act.add %one, %4
  %6 = act.mul %4, %5
  %7 = act.pow %a, %three
  %8 = act.mul %7, %1
  %9 = act.div %8, %6
  %10 = act.sub %a, %9
  return %10 : !act.real
}

// -----

// Sums within a sum: 1 + (2 a x - a^3 x^3 / s^2) / s is a function of u = a x.
// CHECK-LABEL: func.func @nested_sums
// CHECK-SAME: (%[[X:.*]]: !act.real, %[[A:.*]]: !act.real)
// CHECK: %[[U:.*]] = act.mul %[[A]], %[[X]]
// CHECK-NOT: %[[X]]
// CHECK: return
func.func @nested_sums(%x: !act.real, %a: !act.real) -> !act.real {
  %one = act.constant 1.0
  %two = act.constant 2.0
  %three = act.constant 3.0
  %u = act.mul %a, %x
  %0 = act.pow %u, %two
  %1 = act.add %one, %0
  %2 = act.sqrt %1
  %3 = act.pow %a, %three
  %4 = act.pow %x, %three
  %5 = act.mul %3, %4
  %6 = act.div %5, %1
  %7 = act.mul %two, %a
  %8 = act.mul %7, %x
  %9 = act.sub %8, %6
  %10 = act.div %9, %2
  %11 = act.add %one, %10
  return %11 : !act.real
}

// -----

// 1 / 9 is no second variable.
// CHECK-LABEL: func.func @quotient_of_numbers
// CHECK: act.where
func.func @quotient_of_numbers(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %nine = act.constant 9.0
  %0 = act.div %one, %nine
  %1 = act.add %x, %0
  %2 = act.sub %1, %0
  %3 = act.tanh %2
  %4 = act.sub %x, %3
  return %4 : !act.real
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

// -----

// A bound away from 0 does not show next to it.
// CHECK-LABEL: func.func @through_a_bound
// CHECK-SAME: (%[[X:.*]]: !act.real)
// CHECK: %[[M:.*]] = act.min %[[X]],
// CHECK-NEXT: %[[E:.*]] = act.expm1 %[[M]]
// CHECK-NEXT: %[[D:.*]] = act.sub %[[E]], %[[X]]
// CHECK: %[[A:.*]] = act.abs %[[X]]
// CHECK: %[[NEAR:.*]] = act.cmp lt, %[[A]], %{{.*}}
// CHECK-NEXT: %[[Y:.*]] = act.where %[[NEAR]], %{{.*}}, %[[D]]
// CHECK-NEXT: return %[[Y]]
func.func @through_a_bound(%x: !act.real) -> !act.real {
  %0 = act.constant 3.0
  %1 = act.min %x, %0
  %2 = act.expm1 %1
  %3 = act.sub %2, %x
  return %3 : !act.real
}

// -----

// x e^min(x, 0) for x < 0, and 0, is m e^m of m = min(x, 0).
// CHECK-LABEL: func.func @one_side
// CHECK-SAME: (%[[X:.*]]: !act.real)
// CHECK: %[[M:.*]] = act.min %[[X]],
// CHECK-NOT: %[[X]]
// CHECK: %[[A:.*]] = act.abs %[[M]]
// CHECK: %[[NEAR:.*]] = act.cmp lt, %[[A]], %{{.*}}
// CHECK-NEXT: %[[Y:.*]] = act.where %[[NEAR]],
// CHECK-NEXT: return %[[Y]]
func.func @one_side(%x: !act.real) -> !act.real {
  %0 = act.constant 0.0
  %1 = act.min %x, %0
  %2 = act.expm1 %1
  %3 = act.exp %1
  %4 = act.mul %x, %3
  %5 = act.cmp lt, %x, %0
  %6 = act.where %5, %4, %0
  %7 = act.sub %2, %6
  return %7 : !act.real
}

// -----

// What is not 0 at 0 is not that of m on the other side.
// CHECK-LABEL: func.func @step
// CHECK: %[[M:.*]] = act.max
// CHECK-NEXT: %[[E:.*]] = act.exp %[[M]]
// CHECK-NEXT: %[[ABOVE:.*]] = act.cmp ge
// CHECK-NEXT: act.where %[[ABOVE]], %[[E]]
func.func @step(%x: !act.real) -> !act.real {
  %0 = act.constant 0.0
  %1 = act.max %x, %0
  %2 = act.exp %1
  %3 = act.cmp ge, %x, %0
  %4 = act.where %3, %2, %0
  return %4 : !act.real
}

// -----

// (x < 0 ? sigmoid(x) : 1 - sigmoid(-x)) - 1/2 is odd, whatever it is put together
// of.
// CHECK-LABEL: func.func @of_two_sides
// CHECK-SAME: (%[[X:.*]]: !act.real)
// CHECK: %[[D:.*]] = act.sub %{{.*}}, %{{.*}}
// CHECK: act.constant 0.249999
// CHECK: act.where %{{.*}}, %{{.*}}, %{{.*}}
// CHECK-NEXT: return
func.func @of_two_sides(%x: !act.real) -> !act.real {
  %zero = act.constant 0.0
  %half = act.constant 0.5
  %one = act.constant 1.0
  %0 = act.sigmoid %x
  %1 = act.neg %x
  %2 = act.sigmoid %1
  %3 = act.sub %one, %2
  %4 = act.cmp lt, %x, %zero
  %5 = act.where %4, %0, %3
  %6 = act.sub %5, %half
  return %6 : !act.real
}

// -----

// max(x, 0) - tanh(x) has another power of x on each side.
// CHECK-LABEL: func.func @kinks
// CHECK-NOT: act.abs
// CHECK: return
func.func @kinks(%x: !act.real) -> !act.real {
  %zero = act.constant 0.0
  %0 = act.max %x, %zero
  %1 = act.tanh %x
  %2 = act.sub %0, %1
  return %2 : !act.real
}
