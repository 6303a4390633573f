// RUN: actin-opt %s -split-input-file -verify-diagnostics -act-differentiate="wrt=x"
// RUN: not actin-opt %s -act-differentiate="function=nowhere" -split-input-file 2>&1 | FileCheck %s
// CHECK: error: there is no function @nowhere

// expected-error@+1 {{'f' has no argument 'x'}}
func.func @f(%y: !act.real {act.name = "y"}) -> !act.real {
  return %y : !act.real
}

// -----

// expected-error@+1 {{only a function of one real result can be derived}}
func.func @f(%x: !act.real {act.name = "x"}) -> (!act.real, !act.real) {
  return %x, %x : !act.real, !act.real
}

// -----

// expected-error@+1 {{there is no real argument 0}}
func.func @f(%x: f32 {act.name = "x"}) -> !act.real {
  %0 = act.constant 1.0
  return %0 : !act.real
}

// -----

func.func @f(%x: !act.real {act.name = "x"}) -> !act.real {
  // expected-error@+1 {{cannot be derived: it is not of the act dialect}}
  %0 = func.call @f(%x) : (!act.real) -> !act.real
  return %0 : !act.real
}

// -----

// expected-error@+1 {{there is no function @missing of this type to replace the derivative}}
func.func @f(%x: !act.real {act.name = "x"}) -> !act.real
    attributes {act.gradients = {x = @missing}} {
  return %x : !act.real
}

// -----

// expected-error@+1 {{the module already holds a function @f_dx}}
func.func @f(%x: !act.real {act.name = "x"}) -> !act.real {
  return %x : !act.real
}
func.func private @f_dx(%x: !act.real)
