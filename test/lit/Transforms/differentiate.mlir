// RUN: actin-opt %s -act-differentiate="function=tanh" | FileCheck %s -check-prefix=TANH
// RUN: actin-opt %s -act-differentiate="function=swish wrt=beta" | FileCheck %s -check-prefix=SWISH
// RUN: actin-opt %s -act-differentiate="function=spike" | FileCheck %s -check-prefix=SPIKE
// RUN: actin-opt %s -act-differentiate="function=spike order=2" | FileCheck %s -check-prefix=SECOND
// RUN: actin-opt %s -act-differentiate="function=kink" | FileCheck %s -check-prefix=KINK
// RUN: actin-opt %s -act-differentiate="function=safe" | FileCheck %s -check-prefix=SAFE
// RUN: actin-opt %s -act-differentiate="function=clamped" | FileCheck %s -check-prefix=CLAMP

// TANH-LABEL: func.func @tanh_dx
// TANH-SAME: (%[[X:.*]]: !act.real {act.name = "x", act.role = "input"}) -> !act.real
// TANH-NEXT: %[[Y:.*]] = act.tanh %[[X]]
// TANH-NEXT: %[[TWO:.*]] = act.constant 2.0
// TANH-NEXT: %[[SQUARE:.*]] = act.pow %[[Y]], %[[TWO]]
// TANH-NEXT: %[[ONE:.*]] = act.constant 1.0
// TANH-NEXT: %[[SLOPE:.*]] = act.sub %[[ONE]], %[[SQUARE]]
// TANH-NEXT: return %[[SLOPE]]
func.func @tanh(%x: !act.real {act.name = "x", act.role = "input"}) -> !act.real {
  %0 = act.tanh %x
  return %0 : !act.real
}

// SWISH-LABEL: func.func @swish_dbeta
// SWISH-SAME: %[[X:.*]]: !act.real {act.name = "x", act.role = "input"}, %[[BETA:.*]]: !act.real
// SWISH-NEXT: %[[Z:.*]] = act.mul %[[BETA]], %[[X]]
// SWISH-NEXT: %[[S:.*]] = act.sigmoid %[[Z]]
// SWISH-NEXT: %[[ONE:.*]] = act.constant 1.0
// SWISH-NEXT: %[[T:.*]] = act.sub %[[ONE]], %[[S]]
// SWISH-NEXT: %[[SLOPE:.*]] = act.mul %[[S]], %[[T]]
// SWISH-NEXT: %[[DS:.*]] = act.mul %[[SLOPE]], %[[X]]
// SWISH-NEXT: %[[RESULT:.*]] = act.mul %[[X]], %[[DS]]
// SWISH-NEXT: return %[[RESULT]]
func.func @swish(%x: !act.real {act.name = "x", act.role = "input"},
                 %beta: !act.real {act.name = "beta", act.role = "parameter"})
    -> !act.real {
  %0 = act.mul %beta, %x
  %1 = act.sigmoid %0
  %2 = act.mul %x, %1
  return %2 : !act.real
}

// A replacement is copied; the next order derives the replacement.
// SPIKE-LABEL: func.func @spike_dx
// SPIKE-NEXT: %[[Y:.*]] = act.exp %arg0
// SPIKE-NEXT: return %[[Y]]
// SECOND-LABEL: func.func @spike_dx_dx
// SECOND-NEXT: %[[Y:.*]] = act.exp %arg0
// SECOND-NEXT: return %[[Y]]
func.func @spike(%x: !act.real {act.name = "x"}) -> !act.real
    attributes {act.gradients = {x = @surrogate}} {
  %0 = act.sign %x
  return %0 : !act.real
}
func.func private @surrogate(%x: !act.real {act.name = "x"}) -> !act.real {
  %0 = act.exp %x
  return %0 : !act.real
}

// On a tie the constant has the whole slope.
// KINK-LABEL: func.func @kink_dx
// KINK: %[[C:.*]] = act.cmp gt, %arg0,
// KINK: act.where %[[C]],
func.func @kink(%x: !act.real {act.name = "x"}) -> !act.real {
  %zero = act.constant 0.0
  %0 = act.max %x, %zero
  return %0 : !act.real
}

// The infinite slope of sqrt at 0 goes into the selection.
// SAFE-LABEL: func.func @safe_dx
// SAFE: %[[SLOPE:.*]] = act.div
// SAFE: %[[RESULT:.*]] = act.where %{{.*}}, %[[SLOPE]], %
// SAFE-NEXT: return %[[RESULT]]
func.func @safe(%x: !act.real {act.name = "x"}) -> !act.real {
  %zero = act.constant 0.0
  %0 = act.max %x, %zero
  %1 = act.sqrt %0
  return %1 : !act.real
}

// A clamp has the slope of what it clamps.
// CLAMP-LABEL: func.func @clamped_dx
// CLAMP-NEXT: %[[THREE:.*]] = act.constant 3.0
// CLAMP-NEXT: return %[[THREE]]
func.func @clamped(%x: !act.real {act.name = "x"}) -> !act.real {
  %three = act.constant 3.0
  %one = act.constant 1.0
  %0 = act.mul %three, %x
  %1 = act.clamp %0, %one, %three
  return %1 : !act.real
}
