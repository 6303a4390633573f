// RUN: actin-opt %s -act-stabilize -split-input-file | FileCheck %s

// CHECK-LABEL: func.func @log_one_plus
// CHECK: %[[R:.*]] = act.log1p %arg0
// CHECK-NEXT: return %[[R]]
func.func @log_one_plus(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %0 = act.add %one, %x
  %1 = act.log %0
  return %1 : !act.real
}

// -----

// 1 + erf(u) = erfc(-u).
// CHECK-LABEL: func.func @one_plus_erf
// CHECK: %[[N:.*]] = act.neg %arg0
// CHECK-NEXT: %[[E:.*]] = act.erfc %[[N]]
// CHECK-NOT: act.add
func.func @one_plus_erf(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %0 = act.erf %x
  %1 = act.add %one, %0
  return %1 : !act.real
}

// -----

// 3 - 3 erfc(u) = 3 erf(u).
// CHECK-LABEL: func.func @constant_minus_erfc
// CHECK: %[[E:.*]] = act.erf %arg0
// CHECK-NEXT: %[[R:.*]] = act.mul %{{.*}}, %[[E]]
// CHECK-NEXT: return %[[R]]
func.func @constant_minus_erfc(%x: !act.real) -> !act.real {
  %three = act.constant 3.0
  %0 = act.erfc %x
  %1 = act.mul %three, %0
  %2 = act.sub %three, %1
  return %2 : !act.real
}

// -----

// sqrt(x^2 + p) - |x| = p / (sqrt(x^2 + p) + |x|), where nothing cancels.
// CHECK-LABEL: func.func @root_minus_magnitude
// CHECK-SAME: (%[[X:.*]]: !act.real, %[[P:.*]]: !act.real)
// CHECK: %[[ROOT:.*]] = act.sqrt
// CHECK: %[[ABS:.*]] = act.abs %[[X]]
// CHECK: %[[SUM:.*]] = act.add %[[ROOT]], %[[ABS]]
// CHECK-NEXT: %[[R:.*]] = act.div %[[P]], %[[SUM]]
// CHECK: return %[[R]]
func.func @root_minus_magnitude(%x: !act.real, %p: !act.real) -> !act.real {
  %two = act.constant 2.0
  %0 = act.pow %x, %two
  %1 = act.add %0, %p
  %2 = act.sqrt %1
  %3 = act.abs %x
  %4 = act.sub %2, %3
  return %4 : !act.real
}

// -----

// x / s - sign(x) with s = sqrt(x^2 + p): -sign(x) p / s / (s + |x|).
// CHECK-LABEL: func.func @sign_minus_term_over_root
// CHECK-SAME: (%[[X:.*]]: !act.real, %[[P:.*]]: !act.real)
// CHECK: %[[ROOT:.*]] = act.sqrt
// CHECK: %[[SIGN:.*]] = act.sign %[[X]]
// CHECK: %[[ABS:.*]] = act.abs %[[X]]
// CHECK: %[[Q:.*]] = act.div %[[P]], %[[ROOT]]
// CHECK: %[[SUM:.*]] = act.add %[[ROOT]], %[[ABS]]
// CHECK: %[[R:.*]] = act.div %[[Q]], %[[SUM]]
// CHECK: act.mul %{{.*}}, %[[R]]
// CHECK-NOT: act.sub
func.func @sign_minus_term_over_root(%x: !act.real, %p: !act.real)
    -> !act.real {
  %two = act.constant 2.0
  %0 = act.pow %x, %two
  %1 = act.add %0, %p
  %2 = act.sqrt %1
  %3 = act.div %x, %2
  %4 = act.sign %x
  %5 = act.sub %3, %4
  return %5 : !act.real
}

// -----

// sqrt(x^2 + 1) - 1 = x^2 / (sqrt(x^2 + 1) + 1).
// CHECK-LABEL: func.func @root_minus_one
// CHECK: %[[S:.*]] = act.pow
// CHECK: %[[ROOT:.*]] = act.sqrt
// CHECK: %[[SUM:.*]] = act.add %[[ROOT]], %{{.*}}
// CHECK-NEXT: %[[R:.*]] = act.div %[[S]], %[[SUM]]
// CHECK-NEXT: return %[[R]]
func.func @root_minus_one(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %two = act.constant 2.0
  %0 = act.pow %x, %two
  %1 = act.add %0, %one
  %2 = act.sqrt %1
  %3 = act.sub %2, %one
  return %3 : !act.real
}

// -----

// e^u by its base; 2^u and 10^u by theirs.
// CHECK-LABEL: func.func @powers_of_constants
// CHECK-DAG: act.exp %arg0
// CHECK-DAG: act.exp2 %arg0
// CHECK-DAG: act.constant 2.302585092994045684017991454684364
// CHECK-NOT: act.pow
func.func @powers_of_constants(%x: !act.real) -> (!act.real, !act.real, !act.real) {
  %e = act.constant 2.718281828459045235360287471352662
  %two = act.constant 2.0
  %ten = act.constant 10.0
  %0 = act.pow %e, %x
  %1 = act.pow %two, %x
  %2 = act.pow %ten, %x
  return %0, %1, %2 : !act.real, !act.real, !act.real
}

// -----

// a expm1(x / a) < 0 is x < 0.
// CHECK-LABEL: func.func @sign_of_a_product
// CHECK: act.cmp lt, %arg0, %{{.*}}
func.func @sign_of_a_product(%x: !act.real, %a: !act.real) -> !act.real {
  %zero = act.constant 0.0
  %0 = act.div %x, %a
  %1 = act.expm1 %0
  %2 = act.mul %a, %1
  %3 = act.cmp lt, %2, %zero
  %4 = act.where %3, %2, %x
  return %4 : !act.real
}

// -----

// -2 x > 0 is x < 0; x y may be 0 by underflow, x sign(y) is not.
// CHECK-LABEL: func.func @signs
// CHECK-DAG: act.cmp lt, %arg0, %{{.*}}
// CHECK-DAG: %[[Y:.*]] = act.sign %arg1
// CHECK-DAG: %[[P:.*]] = act.mul %arg0, %[[Y]]
// CHECK-DAG: act.cmp gt, %[[P]], %{{.*}}
func.func @signs(%x: !act.real, %y: !act.real) -> (!act.real, !act.real) {
  %zero = act.constant 0.0
  %minus = act.constant -2.0
  %0 = act.mul %minus, %x
  %1 = act.cmp gt, %0, %zero
  %2 = act.where %1, %x, %y
  %3 = act.mul %x, %y
  %4 = act.cmp gt, %3, %zero
  %5 = act.where %4, %x, %y
  return %2, %5 : !act.real, !act.real
}

// -----

// The sign of x^5 is that of x, that of -x^2 |y| is that of -|x| |sign(y)|. A
// product that is chosen itself may as well be compared.
// CHECK-LABEL: func.func @signs_of_powers
// CHECK: act.sign %arg0
// CHECK: %[[X:.*]] = act.abs %arg0
// CHECK: %[[Y:.*]] = act.sign %arg1
// CHECK: %[[Y2:.*]] = act.abs %[[Y]]
// CHECK: %[[P:.*]] = act.mul %[[X]], %[[Y2]]
// CHECK: %[[N:.*]] = act.neg %[[P]]
// CHECK: act.sign %[[N]]
// CHECK: %[[XY:.*]] = act.mul %arg0, %arg1
// CHECK: act.cmp lt, %[[XY]], %{{.*}}
func.func @signs_of_powers(%x: !act.real, %y: !act.real)
    -> (!act.real, !act.real, !act.real) {
  %zero = act.constant 0.0
  %minus = act.constant -1.0
  %two = act.constant 2.0
  %five = act.constant 5.0
  %0 = act.pow %x, %five
  %1 = act.sign %0
  %2 = act.pow %x, %two
  %3 = act.abs %y
  %4 = act.mul %2, %3
  %5 = act.mul %minus, %4
  %6 = act.sign %5
  %7 = act.mul %x, %y
  %8 = act.cmp lt, %7, %zero
  %9 = act.where %8, %7, %y
  return %1, %6, %9 : !act.real, !act.real, !act.real
}

// -----

// x (2 + y^2) < 0 is x < 0, and so is x e^y < 0; of x (y^2 - 2) both decide.
// CHECK-LABEL: func.func @positive_factors
// CHECK: act.cmp lt, %arg0, %{{.*}}
// CHECK: act.cmp lt, %arg0, %{{.*}}
// CHECK: %[[D:.*]] = act.sub
// CHECK: %[[Y:.*]] = act.sign %[[D]]
// CHECK: %[[P:.*]] = act.mul %arg0, %[[Y]]
// CHECK: act.cmp lt, %[[P]], %{{.*}}
// CHECK-NOT: act.cmp
func.func @positive_factors(%x: !act.real, %y: !act.real)
    -> (!act.real, !act.real, !act.real) {
  %zero = act.constant 0.0
  %two = act.constant 2.0
  %square = act.pow %y, %two
  %0 = act.add %two, %square
  %1 = act.mul %x, %0
  %2 = act.cmp lt, %1, %zero
  %3 = act.where %2, %x, %y
  %4 = act.exp %y
  %5 = act.mul %x, %4
  %6 = act.cmp lt, %5, %zero
  %7 = act.where %6, %x, %y
  %8 = act.sub %square, %two
  %9 = act.mul %x, %8
  %10 = act.cmp lt, %9, %zero
  %11 = act.where %10, %x, %y
  return %3, %7, %11 : !act.real, !act.real, !act.real
}

// -----

// Small u make an exp(u) of 1: compared is u.
// CHECK-LABEL: func.func @exp_against_one
// CHECK: act.cmp ge, %arg0, %{{.*}}
func.func @exp_against_one(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %0 = act.exp %x
  %1 = act.cmp ge, %0, %one
  %2 = act.where %1, %x, %0
  return %2 : !act.real
}

// -----

// 1 - e^-w = -expm1(-w), whatever w is.
// CHECK-LABEL: func.func @one_minus_exp
// CHECK: %[[E:.*]] = act.exp %arg0
// CHECK: %[[M:.*]] = act.expm1 %{{.*}}
// CHECK: act.neg %[[M]]
// CHECK-NOT: act.sub
func.func @one_minus_exp(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %0 = act.exp %x
  %1 = act.neg %0
  %2 = act.exp %1
  %3 = act.sub %one, %2
  return %3 : !act.real
}

// -----

// log(1 - e^w) on both sides of -log 2.
// CHECK-LABEL: func.func @log_of_one_minus_exp
// CHECK: %[[A:.*]] = act.log %
// CHECK: %[[NEAR:.*]] = act.cmp gt, %arg0, %{{.*}}
// CHECK: %[[B:.*]] = act.log1p %
// CHECK: act.where %[[NEAR]], %[[A]], %[[B]]
func.func @log_of_one_minus_exp(%w: !act.real) -> !act.real {
  %one = act.constant 1.0
  %0 = act.exp %w
  %1 = act.sub %one, %0
  %2 = act.log %1
  return %2 : !act.real
}

// -----

// The factor 1 + log(1 + e^x) leaves e^x / (1 + e^x) a sigmoid.
// CHECK-LABEL: func.func @foreign_factor
// CHECK: %[[S:.*]] = act.sigmoid %arg0
// CHECK: act.mul %{{.*}}, %[[S]]
func.func @foreign_factor(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %0 = act.exp %x
  %1 = act.add %one, %0
  %2 = act.softplus %x
  %3 = act.add %one, %2
  %4 = act.mul %3, %1
  %5 = act.div %0, %4
  return %5 : !act.real
}

// -----

// log(x + sqrt(x^2 + 1)); with - 1 it is acosh.
// CHECK-LABEL: func.func @inverse_hyperbolic
// CHECK-DAG: %[[S:.*]] = act.asinh %arg0
// CHECK-DAG: %[[C:.*]] = act.acosh %arg0
// CHECK: return %[[S]], %[[C]]
func.func @inverse_hyperbolic(%x: !act.real) -> (!act.real, !act.real) {
  %one = act.constant 1.0
  %two = act.constant 2.0
  %0 = act.pow %x, %two
  %1 = act.add %0, %one
  %2 = act.sqrt %1
  %3 = act.add %x, %2
  %4 = act.log %3
  %5 = act.sub %0, %one
  %6 = act.sqrt %5
  %7 = act.add %x, %6
  %8 = act.log %7
  return %4, %8 : !act.real, !act.real
}

// -----

// atan(x) + pi / 2 far on the left is -atan(1 / x).
// CHECK-LABEL: func.func @atan_next_to_its_limit
// CHECK: act.div %{{.*}}, %arg0
// CHECK: %[[LEFT:.*]] = act.cmp lt, %arg0, %{{.*}}
// CHECK: act.where %[[LEFT]]
func.func @atan_next_to_its_limit(%x: !act.real) -> !act.real {
  %quarter = act.constant 1.57079632679489661923132169163975144
  %0 = act.atan %x
  %1 = act.add %0, %quarter
  return %1 : !act.real
}

// -----

// x log(x) is 0 at 0.
// CHECK-LABEL: func.func @factor_times_logarithm
// CHECK: %[[ZERO:.*]] = act.cmp eq, %arg0, %{{.*}}
// CHECK: %[[P:.*]] = act.mul %arg0, %{{.*}}
// CHECK: act.where %[[ZERO]], %{{.*}}, %[[P]]
func.func @factor_times_logarithm(%x: !act.real) -> !act.real {
  %0 = act.log %x
  %1 = act.mul %x, %0
  return %1 : !act.real
}

// -----

// 1 - 1 / (1 + |r| + r^4) where the rest is small.
// CHECK-LABEL: func.func @constant_minus_quotient
// CHECK: %[[SMALL:.*]] = act.cmp lt
// CHECK: act.sub
// CHECK: act.where %[[SMALL]]
func.func @constant_minus_quotient(%r: !act.real) -> !act.real {
  %one = act.constant 1.0
  %four = act.constant 4.0
  %0 = act.abs %r
  %1 = act.pow %r, %four
  %2 = act.add %one, %0
  %3 = act.add %2, %1
  %4 = act.div %one, %3
  %5 = act.sub %one, %4
  return %5 : !act.real
}

// -----

// CHECK-LABEL: func.func @root_of_square
// CHECK-DAG: %[[A:.*]] = act.abs %arg0
// CHECK-DAG: %[[S:.*]] = act.sign %arg0
// CHECK: return %[[A]], %[[S]]
func.func @root_of_square(%x: !act.real) -> (!act.real, !act.real) {
  %0 = act.mul %x, %x
  %1 = act.sqrt %0
  %2 = act.div %x, %1
  return %1, %2 : !act.real, !act.real
}

// -----

// sigmoid(x) - sigmoid(y) by the tanh of the half difference.
// CHECK-LABEL: func.func @sigmoid_difference
// CHECK: %[[D:.*]] = act.sub %arg0, %arg1
// CHECK: act.tanh
// CHECK: return
func.func @sigmoid_difference(%x: !act.real, %y: !act.real) -> !act.real {
  %0 = act.sigmoid %x
  %1 = act.sigmoid %y
  %2 = act.sub %0, %1
  return %2 : !act.real
}

// -----

// log((1 + e^x) / (1 + e^y)) by x - y, which is taken first.
// CHECK-LABEL: func.func @softplus_difference
// CHECK-DAG: %[[D:.*]] = act.sub %arg0, %arg1
// CHECK-DAG: act.expm1 %[[D]]
// CHECK-DAG: act.log1p
func.func @softplus_difference(%x: !act.real, %y: !act.real) -> !act.real {
  %one = act.constant 1.0
  %0 = act.exp %x
  %1 = act.add %one, %0
  %2 = act.exp %y
  %3 = act.add %one, %2
  %4 = act.div %1, %3
  %5 = act.log %4
  return %5 : !act.real
}

// -----

// 1 / ((1 + e^x) (1 + e^y)): two sigmoids.
// CHECK-LABEL: func.func @logistic_product
// CHECK-COUNT-2: act.sigmoid
// CHECK-NOT: act.div
func.func @logistic_product(%x: !act.real, %y: !act.real) -> !act.real {
  %one = act.constant 1.0
  %0 = act.exp %x
  %1 = act.add %one, %0
  %2 = act.exp %y
  %3 = act.add %one, %2
  %4 = act.mul %1, %3
  %5 = act.div %one, %4
  return %5 : !act.real
}

// -----

// (x e^x + y e^y) / (e^x + e^y): two weights that do not overflow.
// CHECK-LABEL: func.func @weighted_sum
// CHECK-COUNT-2: act.sigmoid
// CHECK-NOT: act.exp
func.func @weighted_sum(%x: !act.real, %y: !act.real) -> !act.real {
  %0 = act.exp %x
  %1 = act.exp %y
  %2 = act.mul %x, %0
  %3 = act.mul %y, %1
  %4 = act.add %2, %3
  %5 = act.add %0, %1
  %6 = act.div %4, %5
  return %6 : !act.real
}

// -----

// softplus(u) - u sigmoid(u), an entropy: even in u.
// CHECK-LABEL: func.func @entropy
// CHECK: %[[A:.*]] = act.abs %arg0
// CHECK-NOT: act.sub
// CHECK: act.add
func.func @entropy(%u: !act.real) -> !act.real {
  %0 = act.softplus %u
  %1 = act.sigmoid %u
  %2 = act.mul %u, %1
  %3 = act.sub %0, %2
  return %3 : !act.real
}

// -----

// b softplus(a / b): the quotient is not multiplied where it is large.
// CHECK-LABEL: func.func @factor_times_softplus
// CHECK: %[[LARGE:.*]] = act.where %{{.*}}, %arg0, %
// CHECK: act.add %[[LARGE]], %
func.func @factor_times_softplus(%a: !act.real, %b: !act.real) -> !act.real {
  %0 = act.div %a, %b
  %1 = act.softplus %0
  %2 = act.mul %b, %1
  return %2 : !act.real
}

// -----

// log(-expm1(-e^x)) is x, where -e^x is below every range.
// CHECK-LABEL: func.func @log_of_tail
// CHECK: %[[TAIL:.*]] = act.cmp lt, %arg0, %
// CHECK: act.where %[[TAIL]], %arg0, %
func.func @log_of_tail(%x: !act.real) -> !act.real {
  %0 = act.exp %x
  %1 = act.neg %0
  %2 = act.expm1 %1
  %3 = act.neg %2
  %4 = act.log %3
  return %4 : !act.real
}

// -----

// e^x / (-expm1(-e^x)) is 1 there.
// CHECK-LABEL: func.func @quotient_of_tails
// CHECK: %[[ONE:.*]] = act.constant 1.0
// CHECK: %[[TAIL:.*]] = act.cmp lt, %arg0, %
// CHECK: act.where %[[TAIL]], %[[ONE]], %
func.func @quotient_of_tails(%x: !act.real) -> !act.real {
  %0 = act.exp %x
  %1 = act.neg %0
  %2 = act.expm1 %1
  %3 = act.neg %2
  %4 = act.div %0, %3
  return %4 : !act.real
}

// -----

// log(normcdf(u)) has three parts: both tails, and what is between them.
// CHECK-LABEL: func.func @log_normcdf
// CHECK-DAG: act.cmp lt, %arg0, %
// CHECK-DAG: act.cmp gt, %arg0, %
// CHECK-COUNT-2: act.where
func.func @log_normcdf(%u: !act.real) -> !act.real {
  %0 = act.normcdf %u
  %1 = act.log %0
  return %1 : !act.real
}

// -----

// CHECK-LABEL: func.func @one_minus_normcdf
// CHECK: %[[N:.*]] = act.neg %arg0
// CHECK: act.normcdf %[[N]]
// CHECK-NOT: act.sub
func.func @one_minus_normcdf(%u: !act.real) -> !act.real {
  %one = act.constant 1.0
  %0 = act.normcdf %u
  %1 = act.sub %one, %0
  return %1 : !act.real
}

// -----

// CHECK-LABEL: func.func @hazard
// CHECK: %[[Q:.*]] = act.div %{{.*}}, %
// CHECK: act.cmp lt, %arg0, %
// CHECK: act.where
func.func @hazard(%u: !act.real) -> !act.real {
  %0 = act.normpdf %u
  %1 = act.normcdf %u
  %2 = act.div %0, %1
  return %2 : !act.real
}

// -----

// log(expm1(u)) = u + log1p(-e^-u) where expm1(u) may overflow.
// CHECK-LABEL: func.func @log_expm1
// CHECK: act.cmp gt, %arg0, %
// CHECK: act.where
func.func @log_expm1(%u: !act.real) -> !act.real {
  %0 = act.expm1 %u
  %1 = act.log %0
  return %1 : !act.real
}

// -----

// CHECK-LABEL: func.func @log_of_long_sum
// CHECK-NOT: act.exp
// CHECK-COUNT-2: act.softplus
// CHECK-NOT: act.log
func.func @log_of_long_sum(%x: !act.real, %y: !act.real, %z: !act.real)
    -> !act.real {
  %0 = act.exp %x
  %1 = act.exp %y
  %2 = act.exp %z
  %3 = act.add %0, %1
  %4 = act.add %3, %2
  %5 = act.log %4
  return %5 : !act.real
}

// -----

// sign(x) a |x|^(a - 1), the slope of |x|^a, is 0 at 0.
// CHECK-LABEL: func.func @sign_times_pole
// CHECK: %[[ZERO:.*]] = act.constant 0.0
// CHECK: %[[AT:.*]] = act.cmp eq, %arg0, %[[ZERO]]
// CHECK: act.where %[[AT]], %[[ZERO]], %
func.func @sign_times_pole(%x: !act.real, %p: !act.real) -> !act.real {
  %0 = act.abs %x
  %1 = act.pow %0, %p
  %2 = act.sign %x
  %3 = act.mul %2, %1
  return %3 : !act.real
}

// -----

// a x < b x by the sign of (a - b) sign(x).
// CHECK-LABEL: func.func @compare_products
// CHECK: %[[D:.*]] = act.sub %arg1, %arg2
// CHECK: %[[S:.*]] = act.sign %arg0
// CHECK: %[[P:.*]] = act.mul %[[D]], %[[S]]
// CHECK: act.cmp lt, %[[P]], %
func.func @compare_products(%x: !act.real, %a: !act.real, %b: !act.real)
    -> !act.real {
  %0 = act.mul %a, %x
  %1 = act.mul %b, %x
  %2 = act.cmp lt, %0, %1
  %3 = act.where %2, %a, %b
  return %3 : !act.real
}

// -----

// 2 E^2 (2 + 2 E - E^2) / (1 + E)^4, where terms cancel next to a root of the
// quotient's own: still in powers of e^-|x|.
// CHECK-LABEL: func.func @quotient_with_root
// CHECK-NOT: act.exp %arg0
// CHECK: %[[A:.*]] = act.abs %arg0
// CHECK: %[[N:.*]] = act.neg %[[A]]
// CHECK: %[[Z:.*]] = act.exp %[[N]]
// CHECK-NOT: act.exp %arg0
// CHECK: act.div
func.func @quotient_with_root(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %two = act.constant 2.0
  %four = act.constant 4.0
  %0 = act.exp %x
  %1 = act.pow %0, %two
  %2 = act.mul %two, %0
  %3 = act.add %two, %2
  %4 = act.sub %3, %1
  %5 = act.mul %1, %4
  %6 = act.add %one, %0
  %7 = act.pow %6, %four
  %8 = act.div %5, %7
  return %8 : !act.real
}

// -----

// (r / softplus(x)^2) sigmoid(x) = r e^-x in the lower tail, where both vanish.
// CHECK-LABEL: func.func @gather_tails
// CHECK: %[[TAIL:.*]] = act.exp %
// CHECK: %[[LOW:.*]] = act.cmp lt, %arg0, %
// CHECK: %[[Q:.*]] = act.where %[[LOW]], %[[TAIL]], %
// CHECK: act.mul %arg1, %[[Q]]
func.func @gather_tails(%x: !act.real, %r: !act.real) -> !act.real {
  %two = act.constant 2.0
  %0 = act.softplus %x
  %1 = act.pow %0, %two
  %2 = act.div %r, %1
  %3 = act.sigmoid %x
  %4 = act.mul %2, %3
  return %4 : !act.real
}

// -----

// (1 / sqrt(softplus(x))) sigmoid(x) = e^(x / 2) in the lower tail.
// CHECK-LABEL: func.func @tail_times_pole
// CHECK-DAG: %[[HALF:.*]] = act.constant 0.5
// CHECK: %[[H:.*]] = act.mul %[[HALF]], %arg0
// CHECK: %[[TAIL:.*]] = act.exp %[[H]]
// CHECK: act.where %{{.*}}, %[[TAIL]], %
func.func @tail_times_pole(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %0 = act.softplus %x
  %1 = act.sqrt %0
  %2 = act.div %one, %1
  %3 = act.sigmoid %x
  %4 = act.mul %2, %3
  return %4 : !act.real
}

// -----

// CHECK-LABEL: func.func @log_of_root
// CHECK-DAG: %[[HALF:.*]] = act.constant 0.5
// CHECK-DAG: %[[LOG:.*]] = act.log %arg0
// CHECK: act.mul %[[HALF]], %[[LOG]]
func.func @log_of_root(%x: !act.real) -> !act.real {
  %0 = act.sqrt %x
  %1 = act.log %0
  return %1 : !act.real
}

// -----

// The tail of a selection, below the selection's own bound only.
// CHECK-LABEL: func.func @quotient_of_selected_tail
// CHECK-DAG: %[[ONE:.*]] = act.constant 1.0
// CHECK-DAG: %[[BOUND:.*]] = act.constant -100.0
// CHECK: act.where
// CHECK: %[[LOW:.*]] = act.cmp lt, %arg0, %[[BOUND]]
// CHECK: act.where %[[LOW]], %[[ONE]], %
// CHECK-NEXT: return
func.func @quotient_of_selected_tail(%x: !act.real) -> !act.real {
  %bound = act.constant -100.0
  %0 = act.exp %x
  %1 = act.softplus %x
  %2 = act.cmp lt, %x, %bound
  %3 = act.where %2, %0, %x
  %4 = act.div %3, %1
  return %4 : !act.real
}

// -----

// (e^-|x| - x e^-|x|) / softplus(x)^2 is (1 - x) e^-x in the lower tail, where
// e^-|x| is e^x.
// CHECK-LABEL: func.func @tail_of_magnitude
// CHECK: act.softplus
// CHECK: %[[ONE_MINUS_X:.*]] = act.add
// CHECK: %[[GROWTH:.*]] = act.exp
// CHECK: %[[LEADING:.*]] = act.mul %[[ONE_MINUS_X]], %[[GROWTH]]
// CHECK: %[[FAR:.*]] = act.cmp lt, %arg0, %
// CHECK: act.where %[[FAR]], %[[LEADING]], %
func.func @tail_of_magnitude(%x: !act.real) -> !act.real {
  %two = act.constant 2.0
  %0 = act.abs %x
  %1 = act.neg %0
  %2 = act.exp %1
  %3 = act.mul %x, %2
  %4 = act.sub %2, %3
  %5 = act.softplus %x
  %6 = act.pow %5, %two
  %7 = act.div %4, %6
  return %7 : !act.real
}

// -----

// e^x / sqrt(1 + e^x) is e^(x / 2) where both overflow.
// CHECK-LABEL: func.func @quotient_of_growth
// CHECK: %[[HALF:.*]] = act.mul
// CHECK: %[[ROOT:.*]] = act.exp %[[HALF]]
// CHECK: %[[FAR:.*]] = act.cmp gt, %arg0, %
// CHECK: act.where %[[FAR]], %[[ROOT]], %
func.func @quotient_of_growth(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %0 = act.exp %x
  %1 = act.add %0, %one
  %2 = act.sqrt %1
  %3 = act.div %0, %2
  return %3 : !act.real
}

// -----

// 3 softplus(2 x) - 6 x = 3 softplus(-2 x).
// CHECK-LABEL: func.func @softplus_minus_argument
// CHECK-DAG: %[[THREE:.*]] = act.constant 3.0
// CHECK-DAG: %[[RATE:.*]] = act.constant -2.0
// CHECK: %[[MINUS:.*]] = act.mul %[[RATE]], %arg0
// CHECK: %[[SOFTPLUS:.*]] = act.softplus %[[MINUS]]
// CHECK: act.mul %[[THREE]], %[[SOFTPLUS]]
// CHECK-NEXT: return
func.func @softplus_minus_argument(%x: !act.real) -> !act.real {
  %two = act.constant 2.0
  %three = act.constant 3.0
  %six = act.constant 6.0
  %0 = act.mul %x, %two
  %1 = act.softplus %0
  %2 = act.mul %1, %three
  %3 = act.mul %x, %six
  %4 = act.sub %2, %3
  return %4 : !act.real
}

// -----

// x tanh(a x) - log(cosh(a x)) / a = (log 2 - 2 |u| sigmoid(-2 |u|) -
// softplus(-2 |u|)) / a, u = a x
// CHECK-LABEL: func.func @moment_minus_log_cosh
// CHECK: %[[LOG2:.*]] = act.constant -0.69314718
// CHECK: %[[A:.*]] = act.abs
// CHECK: %[[MINUS:.*]] = act.neg %[[A]]
// CHECK: %[[SOFTPLUS:.*]] = act.softplus
// CHECK: %[[SIGMOID:.*]] = act.sigmoid
// CHECK: %[[TWICE:.*]] = act.mul %{{.*}}, %[[SIGMOID]]
// CHECK: %[[MOMENT:.*]] = act.mul %[[MINUS]], %[[TWICE]]
// CHECK: %[[ENTROPY:.*]] = act.add %[[MOMENT]], %[[SOFTPLUS]]
// CHECK: %[[REST:.*]] = act.add %[[ENTROPY]], %[[LOG2]]
// CHECK: %[[NEGATIVE:.*]] = act.mul %{{.*}}, %[[REST]]
// CHECK: act.div %[[NEGATIVE]], %arg1
// CHECK-NEXT: return
func.func @moment_minus_log_cosh(%x: !act.real, %a: !act.real) -> !act.real {
  %0 = act.mul %a, %x
  %1 = act.cosh %0
  %2 = act.log %1
  %3 = act.tanh %0
  %4 = act.mul %x, %3
  %5 = act.div %2, %a
  %6 = act.sub %4, %5
  return %6 : !act.real
}

// -----

// e^u / (e^u - 1)^2 by e^-|u|: no square of what overflows.
// CHECK-LABEL: func.func @double_pole
// CHECK: %[[A:.*]] = act.abs %arg0
// CHECK-NOT: act.expm1 %arg0
// CHECK: act.div
// CHECK-NOT: act.expm1 %arg0
func.func @double_pole(%x: !act.real) -> !act.real {
  %two = act.constant 2.0
  %0 = act.exp %x
  %1 = act.expm1 %x
  %2 = act.pow %1, %two
  %3 = act.div %0, %2
  return %3 : !act.real
}

// -----

// (1 - t^2) t (1 - 2 t^2), t = tanh(u): the root at 0 is a factor, beside those
// of the last factor.
// CHECK-LABEL: func.func @root_beside_others
// CHECK: %[[M:.*]] = act.expm1
// CHECK: %[[N:.*]] = act.neg %[[M]]
// CHECK: act.where %{{.*}}, %[[N]], %[[M]]
func.func @root_beside_others(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %two = act.constant 2.0
  %0 = act.tanh %x
  %1 = act.pow %0, %two
  %2 = act.sub %one, %1
  %3 = act.mul %two, %1
  %4 = act.sub %one, %3
  %5 = act.mul %2, %0
  %6 = act.mul %5, %4
  return %6 : !act.real
}

// -----

// b^a - e^u b^(a - 1) = b^a (1 - e^u / b), b = 1 + e^u.
// CHECK-LABEL: func.func @sum_of_powers
// CHECK: %[[P:.*]] = act.pow %{{.*}}, %arg1
// CHECK: %[[W:.*]] = act.where %{{.*}}, %{{.*}}, %[[P]]
// CHECK: %[[S:.*]] = act.sigmoid
// CHECK: %[[R:.*]] = act.mul %[[W]], %[[S]]
// CHECK-NEXT: return %[[R]]
func.func @sum_of_powers(%x: !act.real, %a: !act.real) -> !act.real {
  %one = act.constant 1.0
  %0 = act.exp %x
  %1 = act.add %one, %0
  %2 = act.sub %a, %one
  %3 = act.pow %1, %a
  %4 = act.pow %1, %2
  %5 = act.mul %0, %4
  %6 = act.sub %3, %5
  return %6 : !act.real
}

// -----

// A base of at least 1 has no pole: nothing is chosen where the exponent is 0.
// CHECK-LABEL: func.func @slope_of_power
// CHECK-NOT: act.where
// CHECK: return
// CHECK-LABEL: func.func @slope_of_power_with_pole
// CHECK: act.where
func.func @slope_of_power(%x: !act.real, %a: !act.real) -> !act.real {
  %zero = act.constant 0.0
  %one = act.constant 1.0
  %0 = act.cosh %x
  %1 = act.sub %a, %one
  %2 = act.pow %0, %1
  %3 = act.mul %a, %2
  %isZero = act.cmp eq, %a, %zero
  %4 = act.where %isZero, %zero, %3
  return %4 : !act.real
}

func.func @slope_of_power_with_pole(%x: !act.real, %a: !act.real) -> !act.real {
  %zero = act.constant 0.0
  %one = act.constant 1.0
  %0 = act.sub %a, %one
  %1 = act.pow %x, %0
  %2 = act.mul %a, %1
  %isZero = act.cmp eq, %a, %zero
  %3 = act.where %isZero, %zero, %2
  return %3 : !act.real
}

// -----

// e^x (r / (e^x + e^y + e^z)) = r / (1 + e^(y - x) + e^(z - x)).
// CHECK-LABEL: func.func @gather_share
// CHECK-NOT: act.exp %arg0
// CHECK: %[[Q:.*]] = act.div
// CHECK-NEXT: act.mul %arg3, %[[Q]]
func.func @gather_share(%x: !act.real, %y: !act.real, %z: !act.real,
                        %r: !act.real) -> !act.real {
  %0 = act.exp %x
  %1 = act.exp %y
  %2 = act.exp %z
  %3 = act.add %0, %1
  %4 = act.add %3, %2
  %5 = act.div %r, %4
  %6 = act.mul %0, %5
  return %6 : !act.real
}

// -----

// (x + y) (-x - y) = -(x + y)^2.
// CHECK-LABEL: func.func @product_with_negation
// CHECK: %[[S:.*]] = act.add %arg0, %arg1
// CHECK-NEXT: %[[P:.*]] = act.pow %[[S]]
// CHECK-NEXT: act.neg %[[P]]
func.func @product_with_negation(%x: !act.real, %y: !act.real) -> !act.real {
  %0 = act.add %x, %y
  %1 = act.neg %x
  %2 = act.sub %1, %y
  %3 = act.mul %0, %2
  return %3 : !act.real
}

// -----

// A form that goes to 1: E (Q + x) / Q^2, Q = 1 + E, where E and x stay at 23
// from there on.
// CHECK-LABEL: func.func @silu_gradient
// CHECK-NOT: act.where
// CHECK: %[[MIN:.*]] = act.min %arg0, %[[LIMIT:.*]]
// CHECK-NEXT: %[[X:.*]] = act.max %[[MIN]]
// CHECK-NEXT: %[[E:.*]] = act.exp %[[X]]
// CHECK-NEXT: %[[Q:.*]] = act.add %[[ONE:.*]], %[[E]]
// CHECK-NEXT: %[[SUM:.*]] = act.add %[[Q]], %[[X]]
// CHECK-NEXT: %[[N:.*]] = act.mul %[[SUM]], %[[E]]
// CHECK-NEXT: %[[D:.*]] = act.mul %[[Q]], %[[Q]]
// CHECK-NEXT: act.div %[[N]], %[[D]]
func.func @silu_gradient(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %s = act.sigmoid %x
  %t = act.sub %one, %s
  %a = act.mul %x, %t
  %b = act.add %one, %a
  %g = act.mul %s, %b
  return %g : !act.real
}

// -----

// The same in a product: it is what is held.
// CHECK-LABEL: func.func @swish_gradient
// CHECK: %[[U:.*]] = act.mul %arg1, %arg0
// CHECK-NEXT: act.min %[[U]]
// CHECK-NOT: act.where
func.func @swish_gradient(%x: !act.real, %beta: !act.real) -> !act.real {
  %one = act.constant 1.0
  %u = act.mul %beta, %x
  %s = act.sigmoid %u
  %t = act.sub %one, %s
  %a = act.mul %u, %t
  %b = act.add %one, %a
  %g = act.mul %s, %b
  return %g : !act.real
}

// -----

// y may be large where E is small: there is no such U.
// CHECK-LABEL: func.func @free_coefficient
// CHECK-NOT: act.min
// CHECK: act.where
func.func @free_coefficient(%x: !act.real, %y: !act.real) -> !act.real {
  %one = act.constant 1.0
  %s = act.sigmoid %x
  %t = act.sub %one, %s
  %a = act.mul %y, %t
  %b = act.add %one, %a
  %g = act.mul %s, %b
  return %g : !act.real
}

// -----

// Where the argument is a polynomial in x that grows, x is what is held.
// CHECK-LABEL: func.func @cubic_argument
// CHECK: act.min %arg0
// CHECK-NEXT: %[[X:.*]] = act.max
// CHECK-NEXT: act.pow %[[X]]
// CHECK: act.exp
// CHECK-NOT: act.where
func.func @cubic_argument(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %two = act.constant 2.0
  %square = act.pow %x, %two
  %sum = act.add %one, %square
  %u = act.mul %x, %sum
  %s = act.sigmoid %u
  %t = act.sub %one, %s
  %a = act.mul %x, %t
  %b = act.add %one, %a
  %g = act.mul %s, %b
  return %g : !act.real
}

// -----

// One that does not grow has no such x.
// CHECK-LABEL: func.func @square_argument
// CHECK-NOT: act.min
func.func @square_argument(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %two = act.constant 2.0
  %u = act.pow %x, %two
  %s = act.sigmoid %u
  %t = act.sub %one, %s
  %a = act.mul %x, %t
  %b = act.add %one, %a
  %g = act.mul %s, %b
  return %g : !act.real
}

// -----

// x is no power of beta x.
// CHECK-LABEL: func.func @factor_of_the_argument
// CHECK-NOT: act.min
// CHECK: act.where
func.func @factor_of_the_argument(%x: !act.real, %beta: !act.real)
    -> !act.real {
  %one = act.constant 1.0
  %u = act.mul %beta, %x
  %s = act.sigmoid %u
  %t = act.sub %one, %s
  %a = act.mul %x, %t
  %b = act.add %one, %a
  %g = act.mul %s, %b
  return %g : !act.real
}

// -----

// A polynomial of a high degree is not expanded.
// CHECK-LABEL: func.func @many_squares
// CHECK-NOT: act.min
func.func @many_squares(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %0 = act.mul %x, %x
  %1 = act.mul %0, %0
  %2 = act.mul %1, %1
  %3 = act.mul %2, %2
  %4 = act.mul %3, %3
  %u = act.mul %4, %x
  %s = act.sigmoid %u
  %t = act.sub %one, %s
  %a = act.mul %x, %t
  %b = act.add %one, %a
  %g = act.mul %s, %b
  return %g : !act.real
}

// -----

// (1 + x E + E^2) / (1 + E^2): N and D agree in their constants.
// CHECK-LABEL: func.func @equal_constants
// CHECK: act.exp
// CHECK: %[[N:.*]] = act.add
// CHECK: %[[N:.*]] = act.add
// CHECK-NEXT: act.neg
// CHECK-NEXT: %[[REST:.*]] = act.mul
// CHECK-NEXT: %[[D:.*]] = act.add %[[N]], %[[REST]]
// CHECK-NEXT: act.div %[[N]], %[[D]]
func.func @equal_constants(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %two = act.constant 2.0
  %e = act.exp %x
  %u = act.mul %two, %x
  %e2 = act.exp %u
  %a = act.mul %x, %e
  %b = act.add %one, %a
  %n = act.add %b, %e2
  %d = act.add %one, %e2
  %y = act.div %n, %d
  return %y : !act.real
}

// -----

// (x + E) / (3 + E) is x / 3 where E is 0: x is not held.
// CHECK-LABEL: func.func @coefficient_that_stays
// CHECK-NOT: act.max
func.func @coefficient_that_stays(%x: !act.real) -> !act.real {
  %three = act.constant 3.0
  %e = act.exp %x
  %n = act.add %x, %e
  %d = act.add %three, %e
  %y = act.div %n, %d
  return %y : !act.real
}

// -----

// Shifted by the same: sigmoid(k (x + 1)) - sigmoid(k (x - 1)) has tanh(k) for
// a factor.
// CHECK-LABEL: func.func @shifted_sigmoids
// CHECK: act.tanh %arg1
// CHECK-NOT: act.sub
// CHECK: return
func.func @shifted_sigmoids(%x: !act.real, %k: !act.real) -> !act.real {
  %one = act.constant 1.0
  %0 = act.add %x, %one
  %1 = act.mul %k, %0
  %2 = act.sigmoid %1
  %3 = act.sub %x, %one
  %4 = act.mul %k, %3
  %5 = act.sigmoid %4
  %6 = act.sub %2, %5
  return %6 : !act.real
}

// -----

// Of 1 / (a + E) the exponential does not overflow, whatever a is.
// CHECK-LABEL: func.func @unknown_coefficient
// CHECK: %[[ABS:.*]] = act.abs %arg0
// CHECK: %[[U:.*]] = act.neg %[[ABS]]
// CHECK: act.exp %[[U]]
// CHECK-NOT: act.exp
// CHECK: act.div
func.func @unknown_coefficient(%x: !act.real, %a: !act.real) -> !act.real {
  %one = act.constant 1.0
  %0 = act.exp %x
  %1 = act.add %a, %0
  %2 = act.div %one, %1
  return %2 : !act.real
}

// -----

// log(0.25 + 0.75 E) has its root where x has.
// CHECK-LABEL: func.func @log_with_root
// CHECK: %[[M:.*]] = act.expm1 %arg0
// CHECK: %[[W:.*]] = act.mul %[[M]],
// CHECK: act.log1p %[[W]]
func.func @log_with_root(%x: !act.real) -> !act.real {
  %low = act.constant 0.25
  %high = act.constant 0.75
  %0 = act.exp %x
  %1 = act.mul %high, %0
  %2 = act.add %low, %1
  %3 = act.log %2
  return %3 : !act.real
}

// -----

// log(2 - e^x) = log1p(-expm1(x)).
// CHECK-LABEL: func.func @log_next_to_one
// CHECK: %[[M:.*]] = act.expm1 %arg0
// CHECK: %[[W:.*]] = act.mul %{{.*}}, %[[M]]
// CHECK: act.log1p %[[W]]
func.func @log_next_to_one(%x: !act.real) -> !act.real {
  %two = act.constant 2.0
  %0 = act.exp %x
  %1 = act.sub %two, %0
  %2 = act.log %1
  return %2 : !act.real
}

// -----

// max(x, a x) by the sign of (1 - a) x: at infinity both are.
// CHECK-LABEL: func.func @compare_with_multiple
// CHECK-DAG: %[[D:.*]] = act.sub %{{.*}}, %arg1
// CHECK-DAG: %[[S:.*]] = act.sign %arg0
// CHECK: %[[P:.*]] = act.mul %[[D]], %[[S]]
// CHECK: act.cmp ge, %[[P]]
func.func @compare_with_multiple(%x: !act.real, %a: !act.real) -> !act.real {
  %0 = act.mul %a, %x
  %1 = act.cmp ge, %x, %0
  %2 = act.where %1, %x, %0
  return %2 : !act.real
}

// -----

// |x softplus(x)| and its sign: the product may be below the range.
// CHECK-LABEL: func.func @magnitude_of_product
// CHECK: %[[S:.*]] = act.softplus %arg0
// CHECK-NEXT: %[[ABS:.*]] = act.abs %arg0
// CHECK-NEXT: %[[P:.*]] = act.mul %[[ABS]], %[[S]]
// CHECK-NEXT: %[[SIGN:.*]] = act.sign %arg0
// CHECK-NEXT: act.add %[[P]], %[[SIGN]]
func.func @magnitude_of_product(%x: !act.real) -> !act.real {
  %0 = act.softplus %x
  %1 = act.mul %x, %0
  %2 = act.abs %1
  %3 = act.sign %1
  %4 = act.add %2, %3
  return %4 : !act.real
}

// -----

// z softplus(-x) + (1 - z) softplus(x): what z is cancels.
// CHECK-LABEL: func.func @cross_entropy
// CHECK: %[[L:.*]] = act.where
// CHECK: %[[S:.*]] = act.softplus %{{.*}}
// CHECK: act.add %[[L]], %[[S]]
// CHECK-NEXT: return
func.func @cross_entropy(%x: !act.real, %z: !act.real) -> !act.real {
  %one = act.constant 1.0
  %0 = act.logsigmoid %x
  %1 = act.neg %z
  %2 = act.mul %1, %0
  %3 = act.sub %one, %z
  %4 = act.softplus %x
  %5 = act.mul %3, %4
  %6 = act.add %2, %5
  return %6 : !act.real
}

// -----

// softplus(a x) / a - softplus(a (x - 1)) / a: the distance of the arguments
// is a.
// CHECK-LABEL: func.func @softplus_quotients
// CHECK: act.expm1 %arg1
// CHECK: act.div %{{.*}}, %arg1
// CHECK-NEXT: return
func.func @softplus_quotients(%x: !act.real, %a: !act.real) -> !act.real {
  %one = act.constant 1.0
  %0 = act.mul %a, %x
  %1 = act.softplus %0
  %2 = act.div %1, %a
  %3 = act.sub %x, %one
  %4 = act.mul %a, %3
  %5 = act.softplus %4
  %6 = act.div %5, %a
  %7 = act.sub %2, %6
  return %7 : !act.real
}

// -----

// log1p(r e^x) = x + log(r + e^-x) for large x, with an r that has exponentials
// of its own.
// CHECK-LABEL: func.func @log1p_of_exp_product
// CHECK: %[[L:.*]] = act.log
// CHECK: %[[A:.*]] = act.add %arg0, %[[L]]
// CHECK: act.where %{{.*}}, %[[A]],
// CHECK-NEXT: return
func.func @log1p_of_exp_product(%x: !act.real) -> !act.real {
  %0 = act.exp %x
  %1 = act.tanh %0
  %2 = act.mul %0, %1
  %3 = act.log1p %2
  return %3 : !act.real
}

// -----

// e^(p log1p(|x|)) / (1 + |x|) = (1 + |x|)^(p - 1).
// CHECK-LABEL: func.func @power_by_logarithm
// CHECK: act.pow
// CHECK-NOT: act.exp
// CHECK: return
func.func @power_by_logarithm(%x: !act.real, %p: !act.real) -> !act.real {
  %one = act.constant 1.0
  %0 = act.abs %x
  %1 = act.log1p %0
  %2 = act.mul %p, %1
  %3 = act.exp %2
  %4 = act.add %one, %0
  %5 = act.div %p, %4
  %6 = act.mul %3, %5
  return %6 : !act.real
}

// -----

// (1 + k e^x)^p = e^(p x) (k + e^-x)^p for large x.
// CHECK-LABEL: func.func @power_of_multiple
// CHECK: %[[E:.*]] = act.exp
// CHECK: %[[S:.*]] = act.add %arg1, %{{.*}}
// CHECK: %[[P:.*]] = act.pow %[[S]], %arg2
// CHECK: %[[T:.*]] = act.mul %{{.*}}, %[[P]]
// CHECK: act.where %{{.*}}, %[[T]],
func.func @power_of_multiple(%x: !act.real, %k: !act.real,
                             %p: !act.real) -> !act.real {
  %one = act.constant 1.0
  %0 = act.exp %x
  %1 = act.mul %k, %0
  %2 = act.add %one, %1
  %3 = act.pow %2, %p
  return %3 : !act.real
}

// -----

// log(1 + |x| + sqrt(|x|)): 1 is added last, but below 1/2.
// CHECK-LABEL: func.func @log_of_long_sum
// CHECK: %[[A:.*]] = act.abs %arg0
// CHECK: %[[R:.*]] = act.sqrt %[[A]]
// CHECK: %[[S:.*]] = act.add %{{.*}}, %[[R]]
// CHECK: %[[U:.*]] = act.add %[[A]], %[[R]]
// CHECK: %[[L:.*]] = act.log1p %[[U]]
// CHECK: %[[C:.*]] = act.cmp gt, %[[S]]
// CHECK: %[[W:.*]] = act.log %[[S]]
// CHECK: act.where %[[C]], %[[L]], %[[W]]
func.func @log_of_long_sum(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %0 = act.abs %x
  %1 = act.sqrt %0
  %2 = act.add %one, %0
  %3 = act.add %2, %1
  %4 = act.log %3
  return %4 : !act.real
}

// -----

// No common denominator where nothing cancels in it: that of x would be of
// larger numbers.
// CHECK-LABEL: func.func @sum_with_quotient
// CHECK: %[[Q:.*]] = act.div
// CHECK: act.add %arg1, %{{.*}}
// CHECK-NOT: act.mul %arg1
func.func @sum_with_quotient(%x: !act.real, %y: !act.real) -> !act.real {
  %one = act.constant 1.0
  %two = act.constant 2.0
  %0 = act.sigmoid %x
  %1 = act.pow %x, %two
  %2 = act.add %one, %1
  %3 = act.div %0, %2
  %4 = act.add %y, %3
  return %4 : !act.real
}

// -----

// y + softplus(x - y) = max(x, y) + softplus(-|x - y|).
// CHECK-LABEL: func.func @term_plus_softplus
// CHECK-SAME: (%[[X:.*]]: !act.real, %[[Y:.*]]: !act.real)
// CHECK-DAG: %[[D:.*]] = act.sub %[[X]], %[[Y]]
// CHECK-DAG: %[[C:.*]] = act.cmp gt, %[[D]]
// CHECK-DAG: %[[A:.*]] = act.abs %[[D]]
// CHECK-DAG: %[[N:.*]] = act.neg %[[A]]
// CHECK-DAG: %[[S:.*]] = act.softplus %[[N]]
// CHECK-DAG: %[[W:.*]] = act.where %[[C]], %[[X]], %[[Y]]
// CHECK: %[[R:.*]] = act.add %[[W]], %[[S]]
// CHECK: return %[[R]]
func.func @term_plus_softplus(%x: !act.real, %y: !act.real) -> !act.real {
  %0 = act.sub %x, %y
  %1 = act.softplus %0
  %2 = act.add %y, %1
  return %2 : !act.real
}

// -----

// x - x^2 a / sqrt((a x)^2 + m) = x (s - a x) / s, s being the root.
// CHECK-LABEL: func.func @term_minus_product_over_root
// CHECK: %[[S:.*]] = act.sqrt
// CHECK: %[[M:.*]] = act.abs
// CHECK: %[[T:.*]] = act.add %[[S]], %[[M]]
// CHECK: act.div %arg2, %[[T]]
// CHECK-NOT: act.sub %arg0
func.func @term_minus_product_over_root(%x: !act.real, %a: !act.real,
                                        %m: !act.real) -> !act.real {
  %two = act.constant 2.0
  %0 = act.pow %x, %two
  %1 = act.pow %a, %two
  %2 = act.mul %0, %1
  %3 = act.add %2, %m
  %4 = act.sqrt %3
  %5 = act.div %a, %4
  %6 = act.mul %0, %5
  %7 = act.sub %x, %6
  return %7 : !act.real
}

// -----

// Rounded, erf(x) is -1 from -6 on, and exp(-x) 0 from 104 on.
// CHECK-LABEL: func.func @compare_with_limit
// CHECK-DAG: %[[N:.*]] = act.constant -inf
// CHECK-DAG: act.cmp eq, %arg0, %[[N]]
// CHECK-DAG: act.cmp gt, %arg1, %[[N]]
func.func @compare_with_limit(%x: !act.real, %y: !act.real)
    -> (!act.real, !act.real) {
  %zero = act.constant 0.0
  %minus = act.constant -1.0
  %0 = act.erf %x
  %1 = act.cmp eq, %0, %minus
  %2 = act.where %1, %y, %0
  %3 = act.exp %y
  %4 = act.cmp gt, %3, %zero
  %5 = act.where %4, %x, %3
  return %2, %5 : !act.real, !act.real
}

// -----

// (x > 0 ? x + 1 : e^x) - 1: each branch without the constant.
// CHECK-LABEL: func.func @selection_minus_constant
// CHECK: %[[E:.*]] = act.expm1 %arg0
// CHECK: %[[R:.*]] = act.where %{{.*}}, %arg0, %[[E]]
// CHECK-NEXT: return %[[R]]
func.func @selection_minus_constant(%x: !act.real) -> !act.real {
  %zero = act.constant 0.0
  %one = act.constant 1.0
  %c = act.cmp gt, %x, %zero
  %p = act.add %x, %one
  %q = act.exp %x
  %w = act.where %c, %p, %q
  %y = act.sub %w, %one
  return %y : !act.real
}

// -----

// normcdf(x) - (x > 0 ? 1 : 0): -normcdf(-x) on one side.
// CHECK-LABEL: func.func @saturation_minus_selection
// CHECK-NOT: act.sub
// CHECK: %[[R:.*]] = act.where
// CHECK-NEXT: return %[[R]]
func.func @saturation_minus_selection(%x: !act.real) -> !act.real {
  %zero = act.constant 0.0
  %one = act.constant 1.0
  %c = act.cmp gt, %x, %zero
  %w = act.where %c, %one, %zero
  %n = act.normcdf %x
  %y = act.sub %n, %w
  return %y : !act.real
}

// -----

// Nothing cancels: the selection stays whole.
// CHECK-LABEL: func.func @selection_plus_term
// CHECK: act.where
// CHECK-NEXT: act.add
func.func @selection_plus_term(%x: !act.real, %y: !act.real) -> !act.real {
  %zero = act.constant 0.0
  %c = act.cmp gt, %x, %zero
  %p = act.exp %x
  %w = act.where %c, %x, %p
  %s = act.add %w, %y
  return %s : !act.real
}

// -----

// tanh(u) - sign(u) = -2 sign(u) sigmoid(-2 |u|).
// CHECK-LABEL: func.func @tanh_minus_sign
// CHECK-NOT: act.tanh
// CHECK: act.sigmoid
// CHECK-NOT: act.sub
func.func @tanh_minus_sign(%u: !act.real) -> !act.real {
  %t = act.tanh %u
  %s = act.sign %u
  %y = act.sub %t, %s
  return %y : !act.real
}

// -----

// a erf(x) + c: c - a or c + a, beside a erfc(|x|).
// CHECK-LABEL: func.func @parameters_plus_erf
// CHECK: %[[M:.*]] = act.abs %arg0
// CHECK: %[[E:.*]] = act.erfc %[[M]]
// CHECK: %[[T:.*]] = act.mul %arg1, %[[E]]
// CHECK: act.sub %arg2, %arg1
// CHECK: act.add %arg2, %arg1
// CHECK: %[[R:.*]] = act.where
// CHECK-NEXT: return %[[R]]
func.func @parameters_plus_erf(
    %x: !act.real {act.name = "x", act.role = "input"},
    %a: !act.real {act.name = "a", act.role = "parameter"},
    %c: !act.real {act.name = "c", act.role = "parameter"}) -> !act.real {
  %e = act.erf %x
  %p = act.mul %a, %e
  %y = act.add %p, %c
  return %y : !act.real
}

// -----

// x - max(x, 0) normcdf(x) = min(x, 0) + max(x, 0) normcdf(-x).
// CHECK-LABEL: func.func @saturated_on_one_side
// CHECK-SAME: (%[[X:.*]]: !act.real)
// CHECK-DAG: %[[MAX:.*]] = act.max
// CHECK-DAG: %[[MIN:.*]] = act.min
// CHECK-DAG: %[[N:.*]] = act.neg %[[X]]
// CHECK-DAG: %[[TAIL:.*]] = act.normcdf %{{.*}}
// CHECK-DAG: %[[P:.*]] = act.mul %[[MAX]], %[[TAIL]]
// CHECK: %[[R:.*]] = act.add %{{.*}}, %{{.*}}
// CHECK-NEXT: return %[[R]]
func.func @saturated_on_one_side(%x: !act.real) -> !act.real {
  %zero = act.constant 0.0
  %0 = act.max %x, %zero
  %1 = act.normcdf %x
  %2 = act.mul %0, %1
  %3 = act.sub %x, %2
  return %3 : !act.real
}

// -----

// |x| - x = -2 min(x, 0).
// CHECK-LABEL: func.func @with_magnitude
// CHECK-SAME: (%[[X:.*]]: !act.real)
// CHECK: %[[MIN:.*]] = act.min %[[X]], %{{.*}}
// CHECK: %[[R:.*]] = act.mul %{{.*}}, %[[MIN]]
// CHECK-NEXT: return %[[R]]
func.func @with_magnitude(%x: !act.real) -> !act.real {
  %0 = act.abs %x
  %1 = act.sub %0, %x
  return %1 : !act.real
}

// -----

// softplus(2 x) - 2 max(x, 0) = softplus(-|2 x|).
// CHECK-LABEL: func.func @softplus_minus_positive_part
// CHECK-NOT: act.max
// CHECK: %[[R:.*]] = act.softplus %{{.*}}
// CHECK-NEXT: return %[[R]]
func.func @softplus_minus_positive_part(%x: !act.real) -> !act.real {
  %zero = act.constant 0.0
  %two = act.constant 2.0
  %0 = act.mul %two, %x
  %1 = act.softplus %0
  %2 = act.max %x, %zero
  %3 = act.mul %two, %2
  %4 = act.sub %1, %3
  return %4 : !act.real
}

// -----

// A tail beside what is independent of it: nothing cancels in the sum.
// CHECK-LABEL: func.func @gate_and_one
// CHECK-SAME: (%[[H:.*]]: !act.real, %[[Z:.*]]: !act.real)
// CHECK: %[[S:.*]] = act.sigmoid %[[Z]]
// CHECK-NEXT: %[[P:.*]] = act.mul %[[H]], %[[S]]
// CHECK-NEXT: %[[R:.*]] = act.add %{{.*}}, %[[P]]
// CHECK-NEXT: return %[[R]]
func.func @gate_and_one(%h: !act.real, %z: !act.real) -> !act.real {
  %one = act.constant 1.0
  %s = act.sigmoid %z
  %p = act.mul %h, %s
  %y = act.add %p, %one
  return %y : !act.real
}

// -----

// x N / D with D = N + z C: N = 1 + 2 z or 2 + z, z C = 2 z^2 or z + z^2.
// CHECK-LABEL: func.func @mish
// CHECK: %[[Z:.*]] = act.exp
// CHECK: %[[C:.*]] = act.add
// CHECK-NEXT: %[[REST:.*]] = act.mul %[[Z]], %[[C]]
// CHECK: %[[N:.*]] = act.add
// CHECK-NEXT: %[[D:.*]] = act.add %[[N]], %[[REST]]
// CHECK-NEXT: act.div %[[N]], %[[D]]
func.func @mish(%x: !act.real) -> !act.real {
  %s = act.softplus %x
  %t = act.tanh %s
  %y = act.mul %x, %t
  return %y : !act.real
}

// -----

// CHECK-LABEL: func.func @arc_sine_of_tanh
// CHECK: %[[MINUS:.*]] = act.neg %arg0
// CHECK: %[[S:.*]] = act.sinh %[[MINUS]]
// CHECK: %[[A:.*]] = act.atan %[[S]]
// CHECK-NEXT: return %[[A]]
func.func @arc_sine_of_tanh(%x: !act.real) -> !act.real {
  %0 = act.tanh %x
  %1 = act.neg %0
  %2 = act.asin %1
  return %2 : !act.real
}

// -----

// CHECK-LABEL: func.func @arc_cosine_of_tanh
// CHECK: %[[E:.*]] = act.exp %arg0
// CHECK: %[[A:.*]] = act.atan %[[E]]
// CHECK: act.mul %{{.*}}, %[[A]]
// CHECK-NEXT: return
func.func @arc_cosine_of_tanh(%x: !act.real) -> !act.real {
  %0 = act.tanh %x
  %1 = act.neg %0
  %2 = act.acos %1
  return %2 : !act.real
}

// -----

// max(x, 0) - 1 + e^v = expm1(v) + max(x, 0).
// CHECK-LABEL: func.func @constant_beside_saturated_exponential
// CHECK-DAG: %[[R:.*]] = act.max %arg0
// CHECK-DAG: %[[V:.*]] = act.expm1
// CHECK: %[[S:.*]] = act.add %[[V]], %[[R]]
// CHECK-NEXT: return %[[S]]
func.func @constant_beside_saturated_exponential(%x: !act.real) -> !act.real {
  %zero = act.constant 0.0
  %one = act.constant 1.0
  %r = act.max %x, %zero
  %e = act.exp %x
  %n = act.neg %e
  %v = act.exp %n
  %d = act.sub %r, %one
  %s = act.add %d, %v
  return %s : !act.real
}

// -----

// Both terms may vanish: the constant goes to the one that it is the limit of
// at an end.
// CHECK-LABEL: func.func @constant_beside_normcdf_and_exponential
// CHECK-DAG: %[[M:.*]] = act.constant -1.0
// CHECK: %[[E:.*]] = act.neg %{{.*}}
// CHECK-NEXT: %[[V:.*]] = act.exp %[[E]]
// CHECK-NEXT: %[[X:.*]] = act.neg %arg0
// CHECK-NEXT: %[[C:.*]] = act.normcdf %[[X]]
// CHECK-NEXT: %[[N:.*]] = act.mul %[[M]], %[[C]]
// CHECK-NEXT: act.add %[[N]], %[[V]]
func.func @constant_beside_normcdf_and_exponential(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %e = act.exp %x
  %n = act.neg %e
  %v = act.exp %n
  %c = act.normcdf %x
  %d = act.sub %v, %one
  %s = act.add %d, %c
  return %s : !act.real
}

// -----

// 2 t sigmoid(x) - t = t tanh(x / 2).
// CHECK-LABEL: func.func @twice_its_sigmoid_minus_term
// CHECK: %[[T:.*]] = act.tanh
// CHECK-NEXT: %[[R:.*]] = act.mul %arg1, %[[T]]
// CHECK-NEXT: return %[[R]]
func.func @twice_its_sigmoid_minus_term(%x: !act.real, %t: !act.real) -> !act.real {
  %two = act.constant 2.0
  %s = act.sigmoid %x
  %m = act.mul %two, %t
  %p = act.mul %m, %s
  %d = act.sub %p, %t
  return %d : !act.real
}

// -----

// (|x / 2| + t) + x / 2 = max(x, 0) + t.
// CHECK-LABEL: func.func @magnitude_apart_from_its_argument
// CHECK: %[[M:.*]] = act.max %arg0
// CHECK-NEXT: %[[R:.*]] = act.add %[[M]], %arg1
// CHECK-NEXT: return %[[R]]
func.func @magnitude_apart_from_its_argument(%x: !act.real, %t: !act.real) -> !act.real {
  %half = act.constant 0.5
  %h = act.mul %half, %x
  %a = act.abs %h
  %s = act.add %a, %t
  %d = act.add %s, %h
  return %d : !act.real
}

// -----

// x e^y e^(-e^y) = x e^(y - e^y).
// CHECK-LABEL: func.func @growth_times_its_exponential
// CHECK: %[[E:.*]] = act.exp %arg1
// CHECK-NEXT: %[[N:.*]] = act.neg %[[E]]
// CHECK-NEXT: %[[S:.*]] = act.add %arg1, %[[N]]
// CHECK-NEXT: %[[V:.*]] = act.exp %[[S]]
// CHECK-NEXT: act.mul %arg0, %[[V]]
func.func @growth_times_its_exponential(%x: !act.real, %y: !act.real) -> !act.real {
  %e = act.exp %y
  %n = act.neg %e
  %v = act.exp %n
  %p = act.mul %x, %e
  %m = act.mul %p, %v
  return %m : !act.real
}

// -----

// e^(-e^y) (b + x e^y) = b e^(-e^y) + x e^(y - e^y).
// CHECK-LABEL: func.func @sum_with_growth_times_its_exponential
// CHECK: %[[E:.*]] = act.exp %arg0
// CHECK: %[[N:.*]] = act.neg %[[E]]
// CHECK: %[[T:.*]] = act.exp %[[N]]
// CHECK: %[[S:.*]] = act.add %arg0, %[[N]]
// CHECK-NEXT: %[[V:.*]] = act.exp %[[S]]
// CHECK-NEXT: %[[G:.*]] = act.mul %arg1, %[[V]]
// CHECK-NEXT: %[[O:.*]] = act.mul %arg2, %[[T]]
// CHECK-NEXT: act.add %[[O]], %[[G]]
func.func @sum_with_growth_times_its_exponential(%y: !act.real, %x: !act.real, %b: !act.real) -> !act.real {
  %e = act.exp %y
  %n = act.neg %e
  %t = act.exp %n
  %p = act.mul %x, %e
  %s = act.add %b, %p
  %m = act.mul %t, %s
  return %m : !act.real
}

// -----

// (a - b) sigmoid(x) + (b - a) sigmoid(-x) = (a - b) tanh(x / 2).
// CHECK-LABEL: func.func @mirrored_sigmoids
// CHECK: %[[D:.*]] = act.sub %arg1, %arg2
// CHECK: %[[T:.*]] = act.tanh
// CHECK-NEXT: %[[R:.*]] = act.mul %[[D]], %[[T]]
// CHECK-NEXT: return %[[R]]
func.func @mirrored_sigmoids(%x: !act.real, %a: !act.real, %b: !act.real) -> !act.real {
  %n = act.neg %x
  %s = act.sigmoid %x
  %t = act.sigmoid %n
  %d = act.sub %a, %b
  %e = act.sub %b, %a
  %p = act.mul %s, %d
  %q = act.mul %e, %t
  %r = act.add %p, %q
  return %r : !act.real
}

// -----

// 2 sigmoid(x) + sign(x) = tanh(x / 2) for x < 0.
// CHECK-LABEL: func.func @sigmoid_and_sign
// CHECK-DAG: %[[Z:.*]] = act.constant 0.0
// CHECK-DAG: %[[T:.*]] = act.tanh
// CHECK: %[[C:.*]] = act.cmp lt, %arg0, %[[Z]]
// CHECK: act.where %[[C]], %[[T]]
func.func @sigmoid_and_sign(%x: !act.real) -> !act.real {
  %two = act.constant 2.0
  %s = act.sigmoid %x
  %m = act.mul %two, %s
  %g = act.sign %x
  %r = act.add %m, %g
  return %r : !act.real
}

// -----

// log(cosh(u)) next to 0 by log1p, for a u that is no argument.
// CHECK-LABEL: func.func @logcosh_of_function
// CHECK: %[[U:.*]] = act.sin %arg0
// CHECK: act.expm1 %[[U]]
// CHECK: act.log1p
// CHECK: act.where
func.func @logcosh_of_function(%x: !act.real) -> !act.real {
  %u = act.sin %x
  %c = act.cosh %u
  %l = act.log %c
  return %l : !act.real
}

// -----

// log(1 + s(x)^2) for x < 0: log1p(z^2 / (1 + z)^2), no difference of
// logarithms.
// CHECK-LABEL: func.func @log_of_one_plus_square
// CHECK: %[[D:.*]] = act.div
// CHECK: %[[T:.*]] = act.log1p %[[D]]
// CHECK: %[[C:.*]] = act.cmp lt, %arg0
// CHECK: act.where %[[C]], %[[T]]
func.func @log_of_one_plus_square(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %two = act.constant 2.0
  %s = act.sigmoid %x
  %q = act.pow %s, %two
  %a = act.add %one, %q
  %l = act.log %a
  return %l : !act.real
}

// -----

// 2 - sigmoid(x) - sigmoid(y) = sigmoid(-x) + sigmoid(-y).
// CHECK-LABEL: func.func @constant_of_two_sigmoids
// CHECK-NOT: act.constant 2.0
// CHECK-DAG: %[[X:.*]] = act.neg %arg0
// CHECK-DAG: %[[S:.*]] = act.sigmoid %[[X]]
// CHECK-DAG: %[[Y:.*]] = act.neg %arg1
// CHECK-DAG: %[[T:.*]] = act.sigmoid %[[Y]]
// CHECK: act.add %[[S]], %[[T]]
func.func @constant_of_two_sigmoids(%x: !act.real, %y: !act.real) -> !act.real {
  %two = act.constant 2.0
  %s = act.sigmoid %x
  %t = act.sigmoid %y
  %d = act.sub %two, %s
  %r = act.sub %d, %t
  return %r : !act.real
}

// -----

// (x > 0 ? 1 : 0) - sign(x) e^v = -expm1(v) for x > 0.
// CHECK-LABEL: func.func @selection_less_signed_exponential
// CHECK: %[[C:.*]] = act.cmp gt, %arg0
// CHECK: %[[E:.*]] = act.expm1 %arg1
// CHECK: %[[N:.*]] = act.mul %{{.*}}, %[[E]]
// CHECK: act.where %[[C]], %[[N]]
func.func @selection_less_signed_exponential(%x: !act.real, %v: !act.real) -> !act.real {
  %zero = act.constant 0.0
  %one = act.constant 1.0
  %c = act.cmp gt, %x, %zero
  %w = act.where %c, %one, %zero
  %s = act.sign %x
  %e = act.exp %v
  %p = act.mul %s, %e
  %r = act.sub %w, %p
  return %r : !act.real
}
