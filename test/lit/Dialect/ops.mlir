// Every operation reads and prints, and prints what it reads.
// RUN: actin-opt %s | actin-opt | FileCheck %s
// RUN: actin-opt %s -mlir-print-op-generic | actin-opt | FileCheck %s

// CHECK-LABEL: func.func @arithmetic
func.func @arithmetic(%x: !act.real, %y: !act.real) -> !act.real {
  // CHECK: act.add %{{.*}}, %{{.*}}{{$}}
  %0 = act.add %x, %y
  // CHECK: act.sub %{{.*}}, %{{.*}}{{$}}
  %1 = act.sub %0, %y
  // CHECK: act.mul %{{.*}}, %{{.*}}{{$}}
  %2 = act.mul %1, %y
  // CHECK: act.div %{{.*}}, %{{.*}}{{$}}
  %3 = act.div %2, %y
  // CHECK: act.neg %{{.*}}{{$}}
  %4 = act.neg %3
  // CHECK: act.pow %{{.*}}, %{{.*}}{{$}}
  %5 = act.pow %4, %y
  // CHECK: act.min %{{.*}}, %{{.*}}{{$}}
  %6 = act.min %5, %y
  // CHECK: act.max %{{.*}}, %{{.*}}{{$}}
  %7 = act.max %6, %y
  // CHECK: act.clip %{{.*}}, %{{.*}}, %{{.*}}{{$}}
  %8 = act.clip %7, %x, %y
  // CHECK: act.clamp %{{.*}}, %{{.*}}, %{{.*}}{{$}}
  %9 = act.clamp %8, %x, %y
  return %9 : !act.real
}

// CHECK-LABEL: func.func @conditions
func.func @conditions(%x: !act.real, %y: !act.real) -> !act.real {
  // CHECK: act.cmp lt, %{{.*}}, %{{.*}}{{$}}
  %0 = act.cmp lt, %x, %y
  // CHECK: act.cmp le,
  %1 = act.cmp le, %x, %y
  // CHECK: act.cmp gt,
  %2 = act.cmp gt, %x, %y
  // CHECK: act.cmp ge,
  %3 = act.cmp ge, %x, %y
  // CHECK: act.cmp eq,
  %4 = act.cmp eq, %x, %y
  // CHECK: act.cmp ne,
  %5 = act.cmp ne, %x, %y
  // CHECK: act.and %{{.*}}, %{{.*}}{{$}}
  %6 = act.and %0, %1
  // CHECK: act.or %{{.*}}, %{{.*}}{{$}}
  %7 = act.or %2, %3
  // CHECK: act.not %{{.*}}{{$}}
  %8 = act.not %4
  // CHECK: act.where %{{.*}}, %{{.*}}, %{{.*}}{{$}}
  %9 = act.where %8, %x, %y
  return %9 : !act.real
}

// CHECK-LABEL: func.func @constants
func.func @constants() -> !act.real {
  // CHECK: act.constant 0.044715{{$}}
  %0 = act.constant 0.044715
  // CHECK: act.constant -2.0{{$}}
  %1 = act.constant -2.0
  // CHECK: act.constant inf{{$}}
  %2 = act.constant inf
  // CHECK: act.constant -inf{{$}}
  %3 = act.constant -inf
  // More digits than a double has.
  // CHECK: act.constant 3.1415926535897932384626433832795028{{$}}
  %4 = act.constant 3.1415926535897932384626433832795028
  // More range than a double has.
  // CHECK: act.constant "1e{{\+?}}400"{{$}}
  %5 = act.constant "1e400"
  // CHECK: act.constant 1.0e-30{{$}}
  %6 = act.constant 1.0e-30
  // CHECK: act.exp_max{{$}}
  %7 = act.exp_max
  // CHECK: act.exp_min{{$}}
  %8 = act.exp_min
  return %8 : !act.real
}

// CHECK-LABEL: func.func @functions
func.func @functions(%x: !act.real) -> !act.real {
  // CHECK: act.exp %{{.*}}{{$}}
  %0 = act.exp %x
  // CHECK: act.log1p %{{.*}}{{$}}
  %1 = act.log1p %0
  // CHECK: act.normpdf %{{.*}}{{$}}
  %2 = act.normpdf %1
  return %2 : !act.real
}

// CHECK-LABEL: func.func @attributes
// CHECK-SAME: act.name = "x", act.role = "input"
// CHECK-SAME: act.default = #act.real<0.1>, act.name = "a", act.role = "channel"
// CHECK-SAME: attributes {act.gradients = {x = @functions}}
func.func @attributes(%x: !act.real {act.name = "x", act.role = "input"},
                      %a: !act.real {act.name = "a", act.role = "channel",
                                     act.default = #act.real<0.1>})
    -> (!act.real {act.role = "forward"})
    attributes {act.gradients = {x = @functions}} {
  return %x : !act.real
}

// CHECK-LABEL: func.func @piecewise
func.func @piecewise(%x: !act.real) -> (!act.real {act.smooth}) {
  %0 = act.neg %x
  // CHECK: act.piecewise exp(%{{.*}} : !act.real) %{{.*}} {centers = {{.*}}, coefficients = {{.*}}, exponent_side = -1 : i32
  %1 = act.piecewise exp(%0 : !act.real) %x
      {step = 1.0, first = -1 : i32, last = 1 : i32, least = -1.0, most = 1.0,
       exponent_side = -1 : i32,
       centers = array<f64: 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -1.0>,
       coefficients = array<f64: 1.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 3.0, 1.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 3.0>}
  return %1 : !act.real
}

// CHECK-LABEL: func.func @halving
func.func @halving(%x: !act.real) -> !act.real {
  // CHECK: act.piecewise %{{.*}} {centers = {{.*}}, halving, last = 31 : i32, {{.*}}, tail = array<f64: -1.000000e+00, 0.000000e+00, 0.000000e+00>}
  %0 = act.piecewise %x
      {step = 1.0, first = 0 : i32, last = 31 : i32, least = 0.0, most = 0.0,
       halving, tail = array<f64: -1.0, 0.0, 0.0>,
       centers = array<f64: 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0>,
       coefficients = array<f64: 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0>}
  return %0 : !act.real
}

// CHECK-LABEL: func.func @times_x
func.func @times_x(%x: !act.real) -> !act.real {
  // CHECK: act.piecewise %{{.*}} {centers = {{.*}}, halving, last = 14 : i32, {{.*}}, times_x}
  %0 = act.piecewise %x
      {step = 1.0, first = -17 : i32, last = 14 : i32, least = 0.0, most = 14.0,
       halving, times_x, tail = array<f64: 0.0, -0.5, 0.0>,
       centers = array<f64: 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0>,
       coefficients = array<f64: 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0>}
  return %0 : !act.real
}
