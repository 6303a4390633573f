// A function that is not all formula is left as it is, without an error.
// RUN: actin-opt %s -act-simplify -verify-diagnostics | FileCheck %s
// RUN: not actin-opt %s -act-simplify="no-such-option" 2>&1 | FileCheck %s -check-prefix=OPTION
// OPTION: no such option no-such-option

func.func private @other(!act.real) -> !act.real

// CHECK-LABEL: func.func @mixed
// CHECK: act.add
// CHECK: call @other
func.func @mixed(%x: !act.real) -> !act.real {
  %zero = act.constant 0.0
  %0 = act.add %x, %zero
  %1 = func.call @other(%0) : (!act.real) -> !act.real
  return %1 : !act.real
}
