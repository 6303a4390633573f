// RUN: actin-opt %s -act-recognize-forms -split-input-file | FileCheck %s

// log(x + sqrt(x^2 + 1)) = asinh(x).
// CHECK-LABEL: func.func @asinh
// CHECK: %[[R:.*]] = act.asinh %arg0
// CHECK-NEXT: return %[[R]]
func.func @asinh(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %two = act.constant 2.0
  %0 = act.pow %x, %two
  %1 = act.add %0, %one
  %2 = act.sqrt %1
  %3 = act.add %x, %2
  %4 = act.log %3
  return %4 : !act.real
}

// -----

// (x e^(x / t) + y e^(y / t)) / (e^(x / t) + e^(y / t)) =
// y + (x - y) sigmoid((x - y) / t).
// CHECK-LABEL: func.func @blend
// CHECK-DAG: %[[D:.*]] = act.sub %arg0, %arg1
// CHECK-DAG: %[[U:.*]] = act.div %{{.*}}, %arg2
// CHECK-DAG: %[[S:.*]] = act.sigmoid %[[U]]
// CHECK: %[[P:.*]] = act.mul %{{.*}}, %[[S]]
// CHECK-NEXT: %[[R:.*]] = act.add %arg1, %[[P]]
// CHECK-NEXT: return %[[R]]
func.func @blend(%x: !act.real, %y: !act.real, %t: !act.real) -> !act.real {
  %0 = act.div %x, %t
  %1 = act.exp %0
  %2 = act.div %y, %t
  %3 = act.exp %2
  %4 = act.mul %x, %1
  %5 = act.mul %y, %3
  %6 = act.add %4, %5
  %7 = act.add %1, %3
  %8 = act.div %6, %7
  return %8 : !act.real
}

// -----

// 1 / x^n = x^-n.
// CHECK-LABEL: func.func @divide_by_power
// CHECK: %[[M:.*]] = act.neg %arg1
// CHECK-NEXT: %[[R:.*]] = act.pow %arg0, %[[M]]
// CHECK-NEXT: return %[[R]]
func.func @divide_by_power(%x: !act.real, %n: !act.real) -> !act.real {
  %one = act.constant 1.0
  %0 = act.pow %x, %n
  %1 = act.div %one, %0
  return %1 : !act.real
}

// -----

// tanh(x) + tanh(y) = 2 (sigmoid(2 x) - sigmoid(-2 y)).
// CHECK-LABEL: func.func @tanh_sum
// CHECK-DAG: %[[TWO:.*]] = act.constant 2.0
// CHECK-DAG: %[[MINUS:.*]] = act.constant -2.0
// CHECK-DAG: %[[U:.*]] = act.mul %[[TWO]], %arg0
// CHECK-DAG: %[[S:.*]] = act.sigmoid %[[U]]
// CHECK-DAG: %[[V:.*]] = act.mul %[[MINUS]], %arg1
// CHECK-DAG: %[[T:.*]] = act.sigmoid %[[V]]
// CHECK: %[[D:.*]] = act.sub %[[S]], %[[T]]
// CHECK: act.mul %{{.*}}, %[[D]]
func.func @tanh_sum(%x: !act.real, %y: !act.real) -> !act.real {
  %0 = act.tanh %x
  %1 = act.tanh %y
  %2 = act.add %0, %1
  return %2 : !act.real
}

// -----

// In a sum 2^x is an exponential like any other; alone it stays.
// CHECK-LABEL: func.func @power_in_sum
// CHECK: %[[U:.*]] = act.mul %{{.*}}, %arg0
// CHECK: %[[E:.*]] = act.exp %[[U]]
// CHECK: act.add %{{.*}}, %[[E]]
func.func @power_in_sum(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %0 = act.exp2 %x
  %1 = act.add %one, %0
  return %1 : !act.real
}

// -----

// CHECK-LABEL: func.func @power_alone
// CHECK: act.exp2 %arg0
func.func @power_alone(%x: !act.real) -> !act.real {
  %0 = act.exp2 %x
  return %0 : !act.real
}

// -----

// (1 + |x|)^p - 1 = expm1(p log1p(|x|)).
// CHECK-LABEL: func.func @power_minus_one
// CHECK: %[[W:.*]] = act.abs %arg0
// CHECK: %[[L:.*]] = act.log1p %[[W]]
// CHECK: %[[U:.*]] = act.mul %arg1, %[[L]]
// CHECK: %[[R:.*]] = act.expm1 %[[U]]
// CHECK-NEXT: return %[[R]]
func.func @power_minus_one(%x: !act.real, %p: !act.real) -> !act.real {
  %one = act.constant 1.0
  %0 = act.abs %x
  %1 = act.add %0, %one
  %2 = act.pow %1, %p
  %3 = act.sub %2, %one
  return %3 : !act.real
}

// -----

// (softplus(a x) - softplus(a y)) / a term by term.
// CHECK-LABEL: func.func @softplus_difference
// CHECK-DAG: %[[S:.*]] = act.softplus
// CHECK-DAG: %[[P:.*]] = act.div %[[S]], %arg2
// CHECK-DAG: %[[T:.*]] = act.softplus
// CHECK-DAG: %[[Q:.*]] = act.div %[[T]], %arg2
// CHECK: act.sub %[[P]], %[[Q]]
func.func @softplus_difference(%x: !act.real, %y: !act.real,
                               %a: !act.real) -> !act.real {
  %one = act.constant 1.0
  %0 = act.mul %a, %x
  %1 = act.exp %0
  %2 = act.add %one, %1
  %3 = act.log %2
  %4 = act.mul %a, %y
  %5 = act.softplus %4
  %6 = act.sub %3, %5
  %7 = act.div %6, %a
  return %7 : !act.real
}

// -----

// x / (1 + |x|^k)^(1/k) = sign(x) / (1 + |x|^-k)^(1/k) for |x| > 1: one power
// of a number up to 1.
// CHECK-LABEL: func.func @algebraic_sigmoid
// CHECK: %[[A:.*]] = act.abs %arg0
// CHECK: %[[C:.*]] = act.cmp gt, %[[A]]
// CHECK: %[[I:.*]] = act.div %{{.*}}, %[[A]]
// CHECK: %[[V:.*]] = act.where %[[C]], %[[I]], %[[A]]
// CHECK: %[[P:.*]] = act.pow %[[V]], %arg1
// CHECK: %[[S:.*]] = act.add %{{.*}}, %[[P]]
// CHECK: %[[Q:.*]] = act.pow %[[S]]
// CHECK: %[[N:.*]] = act.sign %arg0
// CHECK: %[[W:.*]] = act.where %[[C]], %[[N]], %arg0
// CHECK: act.mul %[[W]], %[[Q]]
func.func @algebraic_sigmoid(%x: !act.real, %k: !act.real) -> !act.real {
  %one = act.constant 1.0
  %0 = act.abs %x
  %1 = act.pow %0, %k
  %2 = act.add %one, %1
  %3 = act.div %one, %k
  %4 = act.pow %2, %3
  %5 = act.div %x, %4
  return %5 : !act.real
}

// -----

// (1 + x^4)^p = |x|^(4 p) (1 + |x|^-4)^p for |x| > 1.
// CHECK-LABEL: func.func @power_of_power_sum
// CHECK: %[[A:.*]] = act.abs %arg0
// CHECK: %[[V:.*]] = act.where %{{.*}}, %{{.*}}, %[[A]]
// CHECK: %[[P:.*]] = act.pow %[[V]], %{{.*}}
// CHECK: %[[S:.*]] = act.add %{{.*}}, %[[P]]
// CHECK: %[[Q:.*]] = act.pow %[[S]], %arg1
// CHECK: %[[R:.*]] = act.pow %[[A]], %{{.*}}
// CHECK: %[[W:.*]] = act.where %{{.*}}, %[[R]], %{{.*}}
// CHECK: act.mul %[[W]], %[[Q]]
func.func @power_of_power_sum(%x: !act.real, %p: !act.real) -> !act.real {
  %one = act.constant 1.0
  %four = act.constant 4.0
  %0 = act.pow %x, %four
  %1 = act.add %one, %0
  %2 = act.pow %1, %p
  return %2 : !act.real
}

// -----

// Integer powers are rational, and of x^2 there are other forms.
// CHECK-LABEL: func.func @power_of_square
// CHECK-NOT: act.where
// CHECK: return
func.func @power_of_square(%x: !act.real, %p: !act.real, %k: !act.real)
    -> !act.real {
  %one = act.constant 1.0
  %two = act.constant 2.0
  %three = act.constant 3.0
  %0 = act.pow %x, %two
  %1 = act.add %one, %0
  %2 = act.pow %1, %p
  %3 = act.abs %x
  %4 = act.pow %3, %k
  %5 = act.add %one, %4
  %6 = act.pow %5, %three
  %7 = act.mul %2, %6
  return %7 : !act.real
}

// -----

// log(clip(1 - s, c, 1)) = clip(log(1 - s), log(c), log(1)), for 1 - s is not
// negative.
// CHECK-LABEL: func.func @log_of_bounds
// CHECK-SAME: (%[[X:.*]]: !act.real)
// CHECK: %[[ZERO:.*]] = act.constant 0.0
// CHECK: %[[C:.*]] = act.constant -16.118095
// CHECK: %[[N:.*]] = act.neg %[[X]]
// CHECK: %[[S:.*]] = act.sigmoid %[[N]]
// CHECK: %[[L:.*]] = act.log %[[S]]
// CHECK: act.clip %[[L]], %[[C]], %[[ZERO]]
func.func @log_of_bounds(%x: !act.real) -> !act.real {
  %0 = act.constant 1.0
  %1 = act.constant 1.0e-7
  %2 = act.sigmoid %x
  %3 = act.sub %0, %2
  %4 = act.clip %3, %1, %0
  %5 = act.log %4
  return %5 : !act.real
}

// -----

// The threshold of what has no logarithm of its own is exact as it is.
// CHECK-LABEL: func.func @log_of_held_magnitude
// CHECK: %[[M:.*]] = act.max
// CHECK-NEXT: act.log %[[M]]
func.func @log_of_held_magnitude(%x: !act.real) -> !act.real {
  %0 = act.constant 0.01
  %1 = act.abs %x
  %2 = act.max %1, %0
  %3 = act.log %2
  return %3 : !act.real
}

// -----

// CHECK-LABEL: func.func @tanh_of_exponentials
// CHECK-SAME: (%[[X:.*]]: !act.real, %[[G:.*]]: !act.real)
// CHECK-NEXT: %[[T:.*]] = act.tanh %[[X]]
// CHECK-NEXT: %[[R:.*]] = act.mul %[[G]], %[[T]]
// CHECK-NEXT: return %[[R]]
func.func @tanh_of_exponentials(%x: !act.real, %g: !act.real) -> !act.real {
  %0 = act.neg %x
  %1 = act.exp %x
  %2 = act.exp %0
  %3 = act.sub %1, %2
  %4 = act.add %2, %1
  %5 = act.mul %3, %g
  %6 = act.div %5, %4
  return %6 : !act.real
}

// -----

// (1 - e^-3x) / (1 + e^-3x) = tanh(1.5 x); the sum is not of other terms.
// CHECK-LABEL: func.func @tanh_of_one_exponential
// CHECK-SAME: (%[[X:.*]]: !act.real)
// CHECK: %[[C:.*]] = act.constant 1.5
// CHECK: %[[U:.*]] = act.mul %[[C]], %[[X]]
// CHECK: %[[T:.*]] = act.tanh %[[U]]
// CHECK: %[[D:.*]] = act.div
// CHECK: return %[[T]], %[[D]]
func.func @tanh_of_one_exponential(%x: !act.real) -> (!act.real, !act.real) {
  %0 = act.constant 1.0
  %1 = act.constant -3.0
  %2 = act.mul %1, %x
  %3 = act.exp %2
  %4 = act.sub %0, %3
  %5 = act.add %0, %3
  %6 = act.div %4, %5
  %7 = act.constant 2.0
  %8 = act.add %7, %3
  %9 = act.div %4, %8
  return %6, %9 : !act.real, !act.real
}

// -----

// A numerator with exponentials of its own may have a form with the other.
// CHECK-LABEL: func.func @sigmoid_of_exponentials
// CHECK-SAME: (%[[X:.*]]: !act.real, %[[G:.*]]: !act.real)
// CHECK: %[[S:.*]] = act.sigmoid %[[X]]
// CHECK: %[[T:.*]] = act.sigmoid %[[X]]
// CHECK: %[[P:.*]] = act.mul %[[G]], %[[T]]
// CHECK: %[[D:.*]] = act.div
// CHECK: return %[[S]], %[[P]], %[[D]]
func.func @sigmoid_of_exponentials(%x: !act.real, %g: !act.real)
    -> (!act.real, !act.real, !act.real) {
  %0 = act.constant 1.0
  %1 = act.neg %x
  %2 = act.exp %1
  %3 = act.add %0, %2
  %4 = act.div %0, %3
  %5 = act.exp %x
  %6 = act.mul %g, %5
  %7 = act.add %5, %0
  %8 = act.div %6, %7
  %9 = act.sub %0, %5
  %10 = act.div %9, %3
  return %4, %8, %10 : !act.real, !act.real, !act.real
}

// -----

// CHECK-LABEL: func.func @softplus_of_exponential
// CHECK-SAME: (%[[X:.*]]: !act.real)
// CHECK-NEXT: %[[L:.*]] = act.logsigmoid %[[X]]
// CHECK-NEXT: %[[S:.*]] = act.softplus %[[X]]
// CHECK-NEXT: return %[[L]], %[[S]]
func.func @softplus_of_exponential(%x: !act.real) -> (!act.real, !act.real) {
  %0 = act.constant 1.0
  %1 = act.neg %x
  %2 = act.exp %1
  %3 = act.add %0, %2
  %4 = act.log %3
  %5 = act.neg %4
  %6 = act.exp %x
  %7 = act.log1p %6
  return %5, %7 : !act.real, !act.real
}

// -----

// t log(e^(x / t) + e^(y / t)) = y + t softplus((x - y) / t).
// CHECK-LABEL: func.func @log_of_two_exponentials
// CHECK-SAME: (%[[X:.*]]: !act.real, %[[Y:.*]]: !act.real, %[[T:.*]]: !act.real)
// CHECK: %[[D:.*]] = act.sub %[[X]], %[[Y]]
// CHECK: %[[U:.*]] = act.div %[[D]], %[[T]]
// CHECK: %[[S:.*]] = act.softplus %[[U]]
// CHECK: %[[P:.*]] = act.mul %[[T]], %[[S]]
// CHECK: %[[R:.*]] = act.add %[[Y]], %[[P]]
// CHECK: return %[[R]]
func.func @log_of_two_exponentials(%x: !act.real, %y: !act.real, %t: !act.real)
    -> !act.real {
  %0 = act.div %x, %t
  %1 = act.exp %0
  %2 = act.div %y, %t
  %3 = act.exp %2
  %4 = act.add %1, %3
  %5 = act.log %4
  %6 = act.mul %t, %5
  return %6 : !act.real
}

// -----

// CHECK-LABEL: func.func @power_of_exponential
// CHECK-SAME: (%[[X:.*]]: !act.real, %[[V:.*]]: !act.real)
// CHECK-NEXT: %[[P:.*]] = act.mul %[[X]], %[[V]]
// CHECK-NEXT: %[[R:.*]] = act.exp %[[P]]
// CHECK-NEXT: return %[[R]]
func.func @power_of_exponential(%x: !act.real, %v: !act.real) -> !act.real {
  %0 = act.exp %x
  %1 = act.pow %0, %v
  return %1 : !act.real
}

// -----

// x / 2 + x / 2 erf(u) = x / 2 erfc(-u): so is its derivative.
// CHECK-LABEL: func.func @term_plus_erf
// CHECK: %[[T:.*]] = act.mul %arg0
// CHECK: %[[N:.*]] = act.neg %arg1
// CHECK: %[[E:.*]] = act.erfc %[[N]]
// CHECK: %[[R:.*]] = act.mul %[[T]], %[[E]]
// CHECK-NEXT: return %[[R]]
func.func @term_plus_erf(%x: !act.real, %u: !act.real) -> !act.real {
  %half = act.constant 0.5
  %t = act.mul %x, %half
  %e = act.erf %u
  %p = act.mul %t, %e
  %y = act.add %t, %p
  return %y : !act.real
}

// -----

// x normcdf(u) - x = -x normcdf(-u).
// CHECK-LABEL: func.func @normcdf_minus_term
// CHECK-DAG: %[[M:.*]] = act.neg %arg0
// CHECK-DAG: %[[N:.*]] = act.neg %arg1
// CHECK: %[[C:.*]] = act.normcdf %[[N]]
// CHECK: %[[R:.*]] = act.mul %[[M]], %[[C]]
// CHECK-NEXT: return %[[R]]
func.func @normcdf_minus_term(%x: !act.real, %u: !act.real) -> !act.real {
  %c = act.normcdf %u
  %p = act.mul %x, %c
  %y = act.sub %p, %x
  return %y : !act.real
}

// -----

// Nothing cancels at a limit of x + x normcdf(u), nor of x + 2 x erf(u).
// CHECK-LABEL: func.func @other_terms
// CHECK: act.add
// CHECK: act.add
func.func @other_terms(%x: !act.real, %u: !act.real) -> !act.real {
  %two = act.constant 2.0
  %c = act.normcdf %u
  %p = act.mul %x, %c
  %s = act.add %x, %p
  %e = act.erf %u
  %f = act.mul %two, %e
  %q = act.mul %x, %f
  %r = act.add %x, %q
  %y = act.mul %s, %r
  return %y : !act.real
}

// -----

// log(e^u + e^-u) = log(2 cosh(u)).
// CHECK-LABEL: func.func @logarithm_of_opposite_exponentials
// CHECK: %[[U:.*]] = act.sin %arg0
// CHECK: %[[C:.*]] = act.cosh %[[U]]
// CHECK: %[[M:.*]] = act.mul %{{.*}}, %[[C]]
// CHECK: act.log %[[M]]
func.func @logarithm_of_opposite_exponentials(%x: !act.real) -> !act.real {
  %u = act.sin %x
  %v = act.neg %u
  %e = act.exp %u
  %f = act.exp %v
  %s = act.add %e, %f
  %l = act.log %s
  return %l : !act.real
}
