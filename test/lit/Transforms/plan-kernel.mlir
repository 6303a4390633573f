// RUN: actin-opt %s -act-plan-kernel="gradients=x,alpha,beta seconds=x" | FileCheck %s
// RUN: actin-opt %s -act-plan-kernel="forward=false gradients=x" | FileCheck %s -check-prefix=BACKWARD
// RUN: actin-opt %s -act-plan-kernel | FileCheck %s -check-prefix=FORWARD

// Without gradients there is no dout.
// FORWARD: func.func @kernel(
// FORWARD-SAME: "channel"}) -> (!act.real {act.role = "forward"})

// BACKWARD: func.func @kernel(
// BACKWARD-SAME: !act.real {act.name = "dout", act.role = "dout"})
// BACKWARD-SAME: -> (!act.real {act.name = "x", act.role = "gradient"})
// BACKWARD-NEXT: %[[TWO:.*]] = act.constant 2.0
// BACKWARD-NEXT: %[[A:.*]] = act.mul %[[TWO]], %arg1
// BACKWARD-NEXT: %[[B:.*]] = act.mul %[[A]], %arg0
// BACKWARD-NEXT: %[[C:.*]] = act.add %[[B]], %arg2
// BACKWARD-NEXT: %[[R:.*]] = act.mul %arg3, %[[C]]
// BACKWARD-NEXT: return %[[R]]

// CHECK: func.func @kernel(%[[X:.*]]: !act.real {act.name = "x"
// CHECK-SAME: -> (!act.real {act.role = "forward"}
// CHECK-SAME: !act.real {act.name = "x", act.role = "gradient"}
// CHECK-SAME: !act.real {act.name = "alpha", act.role = "sum"}
// CHECK-SAME: !act.real {act.name = "beta", act.role = "channel_sum"}
// CHECK-SAME: !act.real {act.name = "x", act.role = "second"})
// x ** 2 serves the value and the parameter's gradient.
// CHECK-COUNT-1: act.pow
// CHECK-NOT: act.pow
// CHECK: return
func.func @f(%x: !act.real {act.name = "x", act.role = "input"},
             %alpha: !act.real {act.name = "alpha", act.role = "parameter"},
             %beta: !act.real {act.name = "beta", act.role = "channel"})
    -> !act.real {
  %0 = act.mul %x, %x
  %1 = act.mul %alpha, %0
  %2 = act.mul %beta, %x
  %3 = act.add %1, %2
  return %3 : !act.real
}
