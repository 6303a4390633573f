// RUN: actin-opt %s -split-input-file -verify-diagnostics -act-plan-kernel="gradients=x,a seconds=x"
// RUN: not actin-opt %s -split-input-file -act-plan-kernel="forward=false" 2>&1 | FileCheck %s
// CHECK: error: nothing to compute: no output is asked for

// expected-error@+1 {{'f' has no input or parameter 'a'}}
func.func @f(%x: !act.real {act.name = "x", act.role = "input"}) -> !act.real {
  return %x : !act.real
}

// -----

// expected-error@+1 {{'x' is a parameter; a second derivative is that of an input}}
func.func @f(%x: !act.real {act.name = "x", act.role = "parameter"},
             %a: !act.real {act.name = "a", act.role = "input"}) -> !act.real {
  return %x : !act.real
}

// -----

// expected-error@+1 {{the module already holds a function @kernel}}
func.func @kernel(%x: !act.real {act.name = "x", act.role = "input"}) -> !act.real {
  return %x : !act.real
}
