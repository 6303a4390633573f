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

// -2 x > 0 is x < 0; of x y neither alone decides.
// CHECK-LABEL: func.func @signs
// CHECK-DAG: act.cmp lt, %arg0, %{{.*}}
// CHECK-DAG: %[[P:.*]] = act.mul %arg0, %arg1
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

// log(e^a + e^b) = max(a, b) + softplus(-|a - b|).
// CHECK-LABEL: func.func @log_of_a_sum
// CHECK-DAG: %[[D:.*]] = act.sub %arg0, %arg1
// CHECK-DAG: %[[A:.*]] = act.abs %[[D]]
// CHECK-DAG: %[[N:.*]] = act.neg %[[A]]
// CHECK-DAG: %[[S:.*]] = act.softplus %[[N]]
// CHECK-DAG: %[[M:.*]] = act.max %arg0, %arg1
// CHECK: act.add %[[M]], %[[S]]
func.func @log_of_a_sum(%x: !act.real, %y: !act.real) -> !act.real {
  %0 = act.exp %x
  %1 = act.exp %y
  %2 = act.add %0, %1
  %3 = act.log %2
  return %3 : !act.real
}
