// RUN: actin-opt %s -split-input-file -verify-diagnostics

// expected-note@+1 {{prior use here}}
func.func @type(%x: f32) -> f32 {
  // expected-error@+1 {{'%x'}}
  %0 = act.exp %x
  return %0 : f32
}

// -----

// expected-note@+1 {{prior use here}}
func.func @truth(%x: !act.real) -> !act.real {
  // expected-error@+1 {{'%x'}}
  %0 = act.where %x, %x, %x
  return %0 : !act.real
}

// -----

func.func @number() -> !act.real {
  // expected-error@+1 {{expected a number, found "one"}}
  %0 = act.constant "one"
  return %0 : !act.real
}

// -----

func.func @predicate(%x: !act.real) -> i1 {
  // expected-error@+2 {{expected ::actin::act::CmpPredicate to be one of: lt, le, gt, ge, eq, ne}}
  // expected-error@+1 {{failed to parse Act_CmpPredicateAttr parameter}}
  %0 = act.cmp less, %x, %x
  return %0 : i1
}

// -----

// expected-error@+1 {{'act.role' of an argument must be "input", "parameter", "channel" or "dout"}}
func.func @role(%x: !act.real {act.role = "weight"}) {
  return
}

// -----

// expected-error@+1 {{'act.name' of an argument must be a string}}
func.func @name(%x: !act.real {act.name = 1}) {
  return
}

// -----

// expected-error@+1 {{'act.default' must be an #act.real}}
func.func @default(%x: !act.real {act.default = 1.0}) {
  return
}

// -----

// expected-error@+1 {{unknown argument attribute 'act.nonsense'}}
func.func @unknown(%x: !act.real {act.nonsense}) {
  return
}

// -----

// expected-error@+1 {{'act.role' of a result must be}}
func.func @result(%x: !act.real) -> (!act.real {act.role = "input"}) {
  return %x : !act.real
}

// -----

// expected-error@+1 {{'act.gradients' must name a function for 'x'}}
func.func @gradients() attributes {act.gradients = {x = 1}} {
  return
}

// -----

// expected-error@+1 {{'act.gradients' must be a dictionary}}
func.func @gradients() attributes {act.gradients = 1} {
  return
}

// -----

// expected-error@+1 {{unknown attribute 'act.nonsense'}}
func.func @unknown() attributes {act.nonsense} {
  return
}

// -----

func.func @misplaced(%x: !act.real) -> !act.real {
  // expected-error@+1 {{'act.gradients' belongs on a function}}
  %0 = act.exp %x {act.gradients = {}}
  return %0 : !act.real
}

// -----

func.func @pieces(%x: !act.real) -> !act.real {
  // expected-error@+1 {{has 1 to 32 pieces}}
  %0 = act.piecewise %x {step = 1.0, first = 0 : i32, last = 32 : i32,
                         least = 0.0, most = 32.0, centers = array<f64>,
                         coefficients = array<f64>}
  return %0 : !act.real
}

// -----

func.func @coefficients(%x: !act.real) -> !act.real {
  // expected-error@+1 {{needs 32 centers and coefficients of each power}}
  %0 = act.piecewise %x {step = 1.0, first = 0 : i32, last = 31 : i32,
                         least = 0.0, most = 31.0, centers = array<f64: 1.0>,
                         coefficients = array<f64: 1.0>}
  return %0 : !act.real
}

// -----

func.func @tail(%x: !act.real) -> !act.real {
  // expected-error@+1 {{has a tail of three numbers only where it is halving}}
  %0 = act.piecewise %x {step = 1.0, first = 0 : i32, last = 31 : i32,
                         least = 0.0, most = 31.0, tail = array<f64: 1.0, 0.0, 0.0>,
                         centers = array<f64: 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0>,
                         coefficients = array<f64: 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0>}
  return %0 : !act.real
}

// -----

func.func @times_x(%x: !act.real) -> !act.real {
  // expected-error@+1 {{is times x only where it halves below 0}}
  %0 = act.piecewise %x {step = 1.0, first = 0 : i32, last = 31 : i32,
                         least = 0.0, most = 31.0, halving, times_x,
                         centers = array<f64: 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0>,
                         coefficients = array<f64: 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0>}
  return %0 : !act.real
}

// -----

// expected-error@+1 {{'act.smooth' has no value}}
func.func @smooth(%x: !act.real) -> (!act.real {act.smooth = 1}) {
  return %x : !act.real
}
