// RUN: actin-opt %s -act-stabilize -split-input-file | FileCheck %s

// Forms that cancel for some values of a parameter.

// 1 + a (e^x - 1) = a e^x + (1 - a) far below 0: e^x where a is 1.
// CHECK-LABEL: func.func @constant_plus_growth
// CHECK-SAME: (%[[X:.*]]: !act.real {{.*}}, %[[A:.*]]: !act.real
// CHECK-DAG: %[[ONE:.*]] = act.constant 1.0
// CHECK-DAG: %[[BOUND:.*]] = act.constant -1.0
// CHECK-DAG: %[[EXPM1:.*]] = act.expm1 %[[X]]
// CHECK-DAG: %[[NEAR:.*]] = act.mul %[[A]], %[[EXPM1]]
// CHECK-DAG: %[[EXP:.*]] = act.exp %[[X]]
// CHECK-DAG: %[[FAR:.*]] = act.mul %[[A]], %[[EXP]]
// CHECK-DAG: %[[REST:.*]] = act.sub %[[ONE]], %[[A]]
// CHECK-DAG: %[[BELOW:.*]] = act.add %[[FAR]], %[[REST]]
// CHECK-DAG: %[[IS:.*]] = act.cmp lt, %[[X]], %[[BOUND]]
// CHECK-DAG: %[[ABOVE:.*]] = act.add %[[ONE]], %[[NEAR]]
// CHECK: act.where %[[IS]], %[[BELOW]], %[[ABOVE]]
func.func @constant_plus_growth(
    %x: !act.real {act.name = "x", act.role = "input"},
    %a: !act.real {act.name = "a", act.role = "parameter",
                   act.default = #act.real<1.0>}) -> !act.real {
  %one = act.constant 1.0
  %0 = act.exp %x
  %1 = act.sub %0, %one
  %2 = act.mul %a, %1
  %3 = act.add %2, %one
  return %3 : !act.real
}

// -----

// Within a selection by the sign of x as well.
// CHECK-LABEL: func.func @selected_growth
// CHECK: %[[A:.*]] = act.where %{{.*}}, %{{.*}}, %{{.*}}
// CHECK: act.where %{{.*}}, %{{.*}}, %[[A]]
func.func @selected_growth(
    %x: !act.real {act.name = "x", act.role = "input"},
    %a: !act.real {act.name = "a", act.role = "channel"}) -> !act.real {
  %one = act.constant 1.0
  %zero = act.constant 0.0
  %0 = act.exp %x
  %1 = act.sub %0, %one
  %2 = act.mul %a, %1
  %3 = act.cmp gt, %x, %zero
  %4 = act.where %3, %x, %2
  %5 = act.sub %one, %4
  return %5 : !act.real
}

// -----

// Of an input the factor is no parameter.
// CHECK-LABEL: func.func @growth_times_input
// CHECK-NOT: act.where
// CHECK: return
func.func @growth_times_input(
    %x: !act.real {act.name = "x", act.role = "input"}) -> !act.real {
  %one = act.constant 1.0
  %0 = act.expm1 %x
  %1 = act.mul %x, %0
  %2 = act.add %1, %one
  return %2 : !act.real
}

// -----

// s / c - s / c / (1 + |x| / c), as the gradient of Fair's loss has it.
// CHECK-LABEL: func.func @term_minus_its_quotient
// CHECK: %[[U:.*]] = act.div %{{.*}}, %arg1
// CHECK: %[[D:.*]] = act.add %{{.*}}, %[[U]]
// CHECK: %[[T:.*]] = act.div %{{.*}}, %arg1
// CHECK: %[[Q:.*]] = act.div %[[U]], %[[D]]
// CHECK: %[[B:.*]] = act.mul %[[T]], %[[Q]]
// CHECK: act.where %{{.*}}, %[[B]],
func.func @term_minus_its_quotient(%x: !act.real, %c: !act.real) -> !act.real {
  %one = act.constant 1.0
  %0 = act.abs %x
  %1 = act.div %0, %c
  %2 = act.add %one, %1
  %3 = act.sign %x
  %4 = act.div %3, %c
  %5 = act.div %4, %2
  %6 = act.sub %4, %5
  return %6 : !act.real
}

// -----

// elu + 1: of a selection's branches.
// CHECK-LABEL: func.func @selected_exponential
// CHECK-NOT: act.expm1
// CHECK-DAG: %[[E:.*]] = act.exp %arg0
// CHECK-DAG: %[[S:.*]] = act.add
// CHECK: act.where %{{.*}}, %[[S]], %[[E]]
func.func @selected_exponential(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %zero = act.constant 0.0
  %0 = act.exp %x
  %1 = act.sub %0, %one
  %2 = act.cmp gt, %x, %zero
  %3 = act.where %2, %x, %1
  %4 = act.add %3, %one
  return %4 : !act.real
}

// -----

// 1 + max(0, x) + min(0, e^x - 1).
// CHECK-LABEL: func.func @held_exponential
// CHECK-NOT: act.expm1
// CHECK-DAG: %[[M:.*]] = act.max
// CHECK-DAG: %[[H:.*]] = act.min
// CHECK-DAG: %[[E:.*]] = act.exp %[[H]]
// CHECK: act.add %{{.*}}, %{{.*}}
func.func @held_exponential(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %zero = act.constant 0.0
  %0 = act.exp %x
  %1 = act.sub %0, %one
  %2 = act.min %zero, %1
  %3 = act.max %zero, %x
  %4 = act.add %one, %3
  %5 = act.add %4, %2
  return %5 : !act.real
}

// -----

// The product of a parameter and a subnormal input may be 0; its sign is not.
// CHECK-LABEL: func.func @sign_of_product
// CHECK-SAME: (%[[X:.*]]: !act.real {act.role = "input"}, %[[A:.*]]: !act.real {act.role = "parameter"})
// CHECK-DAG: %[[ZERO:.*]] = act.constant 0.0
// CHECK-DAG: %[[P:.*]] = act.mul %[[A]], %[[X]]
// CHECK-DAG: %[[S:.*]] = act.sign %[[A]]
// CHECK: %[[Q:.*]] = act.mul %{{.*}}, %{{.*}}
// CHECK: %[[C:.*]] = act.cmp gt, %[[Q]], %[[ZERO]]
// CHECK: act.where %[[C]], %[[P]], %[[ZERO]]
func.func @sign_of_product(%x: !act.real {act.role = "input"},
                           %a: !act.real {act.role = "parameter"})
    -> !act.real {
  %0 = act.constant 0.0
  %1 = act.mul %a, %x
  %2 = act.cmp gt, %1, %0
  %3 = act.where %2, %1, %0
  return %3 : !act.real
}

// -----

// 1 - (1 - 2 x)^p = -expm1(p log1p(-2 x)) where that is small; elsewhere the power
// does, also of a negative base.
// CHECK-LABEL: func.func @power_near_one
// CHECK-SAME: (%[[X:.*]]: !act.real {act.role = "input"}, %[[P:.*]]: !act.real {act.role = "parameter"})
// CHECK-DAG: %[[LOG:.*]] = act.log1p %{{.*}}
// CHECK-DAG: %[[U:.*]] = act.mul %[[P]], %[[LOG]]
// CHECK-DAG: %[[G:.*]] = act.expm1 %[[U]]
// CHECK-DAG: %[[N:.*]] = act.mul %{{.*}}, %[[G]]
// CHECK-DAG: %[[A:.*]] = act.abs %[[U]]
// CHECK-DAG: %[[C:.*]] = act.cmp lt, %[[A]], %{{.*}}
// CHECK-DAG: %[[POW:.*]] = act.pow %{{.*}}, %[[P]]
// CHECK-DAG: %[[D:.*]] = act.sub %{{.*}}, %[[POW]]
// CHECK: %[[R:.*]] = act.where %[[C]], %[[N]], %[[D]]
// CHECK-NEXT: return %[[R]]
func.func @power_near_one(%x: !act.real {act.role = "input"},
                          %p: !act.real {act.role = "parameter"})
    -> !act.real {
  %one = act.constant 1.0
  %two = act.constant 2.0
  %0 = act.mul %two, %x
  %1 = act.sub %one, %0
  %2 = act.pow %1, %p
  %3 = act.sub %one, %2
  return %3 : !act.real
}

// -----

// sigmoid(x)^p - 1 next to 0 as well.
// CHECK-LABEL: func.func @power_of_sigmoid
// CHECK: %[[U:.*]] = act.mul %arg1, %{{.*}}
// CHECK: act.expm1 %[[U]]
// CHECK: act.where
// CHECK-NEXT: return
func.func @power_of_sigmoid(%x: !act.real {act.role = "input"},
                            %p: !act.real {act.role = "parameter"})
    -> !act.real {
  %one = act.constant 1.0
  %0 = act.sigmoid %x
  %1 = act.pow %0, %p
  %2 = act.sub %1, %one
  return %2 : !act.real
}

// -----

// log(2 cosh(x / t)) - (x tanh(x / t)) / t = |v| sigmoid(-|v|) + softplus(-|v|) of
// v = 2 x / t.
// CHECK-LABEL: func.func @log_cosh_minus_moment
// CHECK-NOT: act.tanh
// CHECK-NOT: act.log
// CHECK-DAG: act.sigmoid
// CHECK-DAG: act.softplus
// CHECK: return
func.func @log_cosh_minus_moment(%x: !act.real {act.role = "input"},
                                 %t: !act.real {act.role = "parameter"})
    -> !act.real {
  %two = act.constant 2.0
  %0 = act.div %x, %t
  %1 = act.cosh %0
  %2 = act.mul %two, %1
  %3 = act.log %2
  %4 = act.tanh %0
  %5 = act.mul %x, %4
  %6 = act.div %5, %t
  %7 = act.sub %3, %6
  return %7 : !act.real
}

// -----

// (x e^u / (2 + e^u) - log(2 + e^u) / s) / s: for u = s x > 0 both terms are about
// x, which is taken from both; on the other side log(2) is left.
// CHECK-LABEL: func.func @log_of_sum_by_rate
// CHECK: %[[U:.*]] = act.mul %arg1, %arg0
// CHECK-DAG: %[[MINUS:.*]] = act.neg %{{.*}}
// CHECK-DAG: %[[Z:.*]] = act.exp %[[MINUS]]
// CHECK-DAG: act.log1p
// CHECK-NOT: act.log
// CHECK: act.where %{{.*}}, %{{.*}}, %{{.*}}
// CHECK: return
func.func @log_of_sum_by_rate(%x: !act.real {act.role = "input"},
                              %s: !act.real {act.role = "parameter"})
    -> !act.real {
  %two = act.constant 2.0
  %u = act.mul %s, %x
  %e = act.exp %u
  %sum = act.add %two, %e
  %share = act.div %e, %sum
  %moment = act.mul %x, %share
  %log = act.log %sum
  %part = act.div %log, %s
  %0 = act.sub %moment, %part
  return %0 : !act.real
}

// -----

// log(1 + e^(s x) + e^(2 s x)): 2 s x is twice s x, however it is grouped.
// CHECK-LABEL: func.func @multiples_of_a_product
// CHECK: %[[U:.*]] = act.mul %arg1, %arg0
// CHECK: act.exp
// CHECK-NOT: act.exp
// CHECK: act.log1p
// CHECK: return
func.func @multiples_of_a_product(%x: !act.real {act.role = "input"},
                                  %s: !act.real {act.role = "parameter"})
    -> !act.real {
  %one = act.constant 1.0
  %two = act.constant 2.0
  %u = act.mul %s, %x
  %0 = act.exp %u
  %1 = act.mul %two, %s
  %2 = act.mul %1, %x
  %3 = act.exp %2
  %4 = act.add %one, %0
  %5 = act.add %4, %3
  %6 = act.log %5
  return %6 : !act.real
}
