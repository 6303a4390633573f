// RUN: actin-opt %s -act-simplify -split-input-file | FileCheck %s
// RUN: actin-opt %s -act-simplify="cancel-factors readable" -split-input-file | FileCheck %s -check-prefix=CANCEL
// RUN: actin-opt %s -act-simplify="fold-irrational" -split-input-file | FileCheck %s -check-prefix=FOLD

// s + x * (s * (1 - s)) is s * (1 + x * (1 - s)).
// CHECK-LABEL: func.func @silu_gradient
// CHECK-SAME: (%[[X:.*]]: !act.real)
// CHECK-NEXT: %[[S:.*]] = act.sigmoid %[[X]]
// CHECK-NEXT: %[[ONE:.*]] = act.constant 1.0
// CHECK-NEXT: %[[T:.*]] = act.sub %[[ONE]], %[[S]]
// CHECK-NEXT: %[[U:.*]] = act.mul %[[X]], %[[T]]
// CHECK-NEXT: %[[V:.*]] = act.add %[[ONE]], %[[U]]
// CHECK-NEXT: %[[R:.*]] = act.mul %[[S]], %[[V]]
// CHECK-NEXT: return %[[R]]
func.func @silu_gradient(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %s = act.sigmoid %x
  %0 = act.sub %one, %s
  %1 = act.mul %s, %0
  %2 = act.mul %x, %1
  %3 = act.add %s, %2
  return %3 : !act.real
}

// -----

// CHECK-LABEL: func.func @like_terms
// CHECK-NEXT: %[[THREE:.*]] = act.constant 3.0
// CHECK-NEXT: %[[R:.*]] = act.mul %[[THREE]], %arg0
// CHECK-NEXT: return %[[R]]
func.func @like_terms(%x: !act.real, %y: !act.real) -> !act.real {
  %two = act.constant 2.0
  %0 = act.mul %x, %two
  %1 = act.add %0, %y
  %2 = act.add %1, %x
  %3 = act.sub %2, %y
  return %3 : !act.real
}

// -----

// Equal operations are one, whatever the order of their operands.
// CHECK-LABEL: func.func @shared
// CHECK: %[[S:.*]] = act.mul
// CHECK-NOT: act.mul
// CHECK: return %{{.*}}, %[[S]]
func.func @shared(%x: !act.real, %y: !act.real) -> (!act.real, !act.real) {
  %0 = act.mul %x, %y
  %1 = act.mul %y, %x
  %2 = act.exp %0
  return %2, %1 : !act.real, !act.real
}

// -----

// x / x is undefined at 0, and stays so unless it may be cancelled.
// CHECK-LABEL: func.func @domain
// CHECK: act.div
// CANCEL-LABEL: func.func @domain
// CANCEL-NEXT: %[[ONE:.*]] = act.constant 1.0
// CANCEL-NEXT: return %[[ONE]]
func.func @domain(%x: !act.real) -> !act.real {
  %0 = act.div %x, %x
  return %0 : !act.real
}

// -----

// CHECK-LABEL: func.func @irrational
// CHECK: act.sqrt
// FOLD-LABEL: func.func @irrational
// FOLD: act.constant 1.414213562373095048801688724209698
// FOLD-NOT: act.sqrt
// A division stays one: it rounds once.
// FOLD: act.div
func.func @irrational(%x: !act.real) -> (!act.real, !act.real) {
  %two = act.constant 2.0
  %three = act.constant 3.0
  %0 = act.sqrt %two
  %1 = act.mul %0, %x
  %2 = act.div %x, %three
  return %1, %2 : !act.real, !act.real
}

// -----

// (x / sqrt(2)) ** 2 is x ** 2 / 2 for people; for a kernel it stays.
// CHECK-LABEL: func.func @power
// CHECK: %[[Q:.*]] = act.div
// CHECK: act.pow %[[Q]]
// CANCEL-LABEL: func.func @power
// CANCEL: %[[TWO:.*]] = act.constant 2.0
// CANCEL-NEXT: %[[SQUARE:.*]] = act.pow %arg0, %[[TWO]]
// CANCEL-NEXT: act.div %[[SQUARE]], %[[TWO]]
func.func @power(%x: !act.real) -> !act.real {
  %two = act.constant 2.0
  %0 = act.sqrt %two
  %1 = act.div %x, %0
  %2 = act.pow %1, %two
  return %2 : !act.real
}

// -----

// CHECK-LABEL: func.func @selection
// CHECK-SAME: (%[[X:.*]]: !act.real, %[[Y:.*]]: !act.real)
// CHECK: %[[A:.*]] = act.cmp gt, %[[X]],
// CHECK: %[[B:.*]] = act.cmp lt, %[[X]], %[[THREE:.*]]{{$}}
// CHECK: %[[BOTH:.*]] = act.and %[[A]], %[[B]]
// CHECK: act.where %[[BOTH]], %[[Y]],
func.func @selection(%x: !act.real, %y: !act.real) -> !act.real {
  %zero = act.constant 0.0
  %three = act.constant 3.0
  %six = act.constant 6.0
  %shifted = act.add %x, %three
  %a = act.cmp lt, %zero, %x
  %b = act.cmp lt, %shifted, %six
  %0 = act.where %b, %y, %zero
  %1 = act.where %a, %0, %zero
  return %1 : !act.real
}

// -----

// A product of two numbers that no short decimal is stays two numbers, in a
// sum as well.
// CHECK-LABEL: func.func @two_numbers
// CHECK: act.constant 0.123456789012347
// CHECK: %[[P:.*]] = act.mul
// CHECK: act.constant 0.123456789012345
// CHECK-NEXT: act.mul %{{.*}}, %[[P]]
func.func @two_numbers(%x: !act.real) -> !act.real {
  %a = act.constant 0.123456789012345
  %b = act.constant 0.123456789012347
  %three = act.constant 3.0
  %two = act.constant 2.0
  %0 = act.pow %x, %three
  %1 = act.mul %b, %0
  %2 = act.mul %a, %1
  %3 = act.pow %x, %two
  %4 = act.mul %two, %3
  %5 = act.add %2, %4
  return %5 : !act.real
}

// -----

// 0.2383 * 4 in 113 bits is the number below 0.9532 in decimals, cut off.
// CHECK-LABEL: func.func @nines
// CHECK: act.constant 0.9532
func.func @nines(%x: !act.real) -> !act.real {
  %a = act.constant 0.2383
  %four = act.constant 4.0
  %0 = act.mul %a, %x
  %1 = act.mul %four, %0
  return %1 : !act.real
}

// -----

// (1 / x) expm1(x) is a quotient: 1 / x may overflow.
// FOLD-LABEL: func.func @reciprocal
// FOLD-NEXT: %[[M:.*]] = act.expm1 %arg0
// FOLD-NEXT: act.div %[[M]], %arg0
func.func @reciprocal(%x: !act.real) -> !act.real {
  %one = act.constant 1.0
  %0 = act.div %one, %x
  %1 = act.expm1 %x
  %2 = act.mul %0, %1
  return %2 : !act.real
}

// -----

// In a kernel a coefficient joins those that its selections have: one rounding.
// CHECK-LABEL: func.func @scaled_selections
// CHECK: %[[C:.*]] = act.constant 1.5
// CHECK-NEXT: act.mul %[[C]],
// FOLD-LABEL: func.func @scaled_selections
// FOLD-DAG: %[[A:.*]] = act.constant 1.5
// FOLD-DAG: %[[ZERO:.*]] = act.constant 0.0
// FOLD: %[[EXP:.*]] = act.exp %arg0
// FOLD: %[[S:.*]] = act.where %{{.*}}, %[[A]], %[[ZERO]]
// FOLD-NEXT: %[[B:.*]] = act.constant 3.75
// FOLD-NEXT: %[[P:.*]] = act.mul %[[B]], %[[EXP]]
// FOLD-NEXT: %[[T:.*]] = act.where %{{.*}}, %[[ZERO]], %[[P]]
// FOLD-NEXT: %[[R:.*]] = act.add %[[S]], %[[T]]
// FOLD-NEXT: return %[[R]]
func.func @scaled_selections(%x: !act.real) -> !act.real {
  %c = act.constant 1.5
  %k = act.constant 2.5
  %one = act.constant 1.0
  %zero = act.constant 0.0
  %p = act.cmp gt, %x, %zero
  %q = act.cmp ge, %x, %zero
  %0 = act.where %p, %one, %zero
  %1 = act.exp %x
  %2 = act.mul %k, %1
  %3 = act.where %q, %zero, %2
  %4 = act.add %0, %3
  %5 = act.mul %c, %4
  return %5 : !act.real
}

// -----

// p^2 q sign(p q) = p |p q|; one of the other factors is not there.
// CHECK-LABEL: func.func @sign_of_product
// CHECK-SAME: (%[[P:.*]]: !act.real, %[[Q:.*]]: !act.real)
// CHECK-DAG: %[[PRODUCT:.*]] = act.mul %[[P]], %[[Q]]
// CHECK-DAG: %[[SIGN:.*]] = act.sign %[[PRODUCT]]
// CHECK-DAG: %[[ABS:.*]] = act.abs %[[PRODUCT]]
// CHECK-DAG: %[[R:.*]] = act.mul %[[P]], %[[ABS]]
// CHECK-DAG: %[[S:.*]] = act.mul %[[Q]], %[[SIGN]]
// CHECK: return %[[R]], %[[S]]
func.func @sign_of_product(%p: !act.real, %q: !act.real)
    -> (!act.real, !act.real) {
  %two = act.constant 2.0
  %0 = act.mul %p, %q
  %1 = act.sign %0
  %2 = act.pow %p, %two
  %3 = act.mul %2, %1
  %4 = act.mul %q, %3
  %5 = act.mul %1, %q
  return %4, %5 : !act.real, !act.real
}

// -----

// What parameters make is one term: it may cancel, and is computed once.
// CHECK-LABEL: func.func @uniform_terms
// CHECK: %[[S:.*]] = act.add %arg0, %arg1
// CHECK: %[[U:.*]] = act.sub %{{.*}}, %arg2
// CHECK: act.add %[[S]], %[[U]]
func.func @uniform_terms(%x: !act.real {act.name = "x", act.role = "input"},
                         %y: !act.real {act.name = "y", act.role = "input"},
                         %a: !act.real {act.name = "a", act.role = "parameter"})
    -> !act.real {
  %one = act.constant 1.0
  %0 = act.add %x, %one
  %1 = act.sub %0, %a
  %2 = act.add %1, %y
  return %2 : !act.real
}

// -----

// CHECK-LABEL: func.func @magnitude_of_multiple
// CHECK: %[[M:.*]] = act.mul %{{.*}}, %arg0
// CHECK-NEXT: %[[A:.*]] = act.abs %[[M]]
// CHECK-NEXT: return %[[A]]
func.func @magnitude_of_multiple(%x: !act.real) -> !act.real {
  %zero = act.constant 0.0
  %p = act.constant 0.5
  %n = act.constant -0.5
  %c = act.cmp gt, %x, %zero
  %a = act.mul %p, %x
  %b = act.mul %n, %x
  %w = act.where %c, %a, %b
  return %w : !act.real
}

// -----

// CHECK-LABEL: func.func @negative_magnitude
// CHECK: %[[A:.*]] = act.abs
// CHECK-NEXT: %[[N:.*]] = act.neg %[[A]]
// CHECK-NEXT: return %[[N]]
func.func @negative_magnitude(%x: !act.real) -> !act.real {
  %zero = act.constant 0.0
  %p = act.constant 3.0
  %n = act.constant -3.0
  %c = act.cmp gt, %x, %zero
  %a = act.mul %p, %x
  %b = act.mul %n, %x
  %w = act.where %c, %b, %a
  return %w : !act.real
}
