//===- RationalForm.h - Rational functions of exponentials ------*- C++ -*-===//
//
// A normal form N / (D1^k1 D2^k2 …) for values over !act.real: N and the D are
// polynomials whose atoms are values, among them at most one exponential
// E = exp(u). Adding forms brings them to a common denominator, where what
// cancels over the reals cancels here, exactly, instead of in floating point.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_TRANSFORMS_RATIONALFORM_H
#define ACTIN_TRANSFORMS_RATIONALFORM_H

#include "Support/Real.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Value.h"

#include "llvm/ADT/SmallVector.h"

#include <optional>

namespace actin {

/// A product of powers of atoms, sorted by atom.
struct Monomial {
  llvm::SmallVector<std::pair<unsigned, int>, 3> powers;

  bool isOne() const { return powers.empty(); }
  int getPower(unsigned atom) const;
  void multiply(unsigned atom, int power);
  bool operator==(const Monomial &) const = default;
  bool operator<(const Monomial &other) const { return powers < other.powers; }
};

struct Term {
  Real coefficient;
  Monomial monomial;
};

/// A sum of terms with different monomials, sorted; none has coefficient 0.
class Polynomial {
public:
  Polynomial() = default;
  explicit Polynomial(const Real &constant) { add({constant, {}}); }
  static Polynomial atom(unsigned atom, int power = 1);

  const llvm::SmallVector<Term, 2> &getTerms() const { return terms; }
  bool isZero() const { return terms.empty(); }
  std::optional<Real> asConstant() const;
  bool contains(unsigned atom) const;
  /// The product of the atoms that every term has.
  Monomial getCommonMonomial() const;
  /// Adds `term`; true where it cancelled one exactly.
  bool add(const Term &term);
  bool add(const Polynomial &other);
  Polynomial operator*(const Polynomial &other) const;
  Polynomial operator*(const Real &factor) const;
  bool operator==(const Polynomial &other) const;

private:
  llvm::SmallVector<Term, 2> terms;
};

struct RationalForm {
  struct Factor {
    Polynomial base;
    int multiplicity;
  };

  Polynomial numerator;
  llvm::SmallVector<Factor, 2> denominator;
  /// The atom that is an exponential; noExponential where there is none.
  unsigned exponential = noExponential;
  /// Some term cancelled exactly on the way here.
  bool cancelled = false;

  static constexpr unsigned noExponential = ~0u;
  static constexpr unsigned maxTerms = 24;

  bool hasExponential() const { return exponential != noExponential; }
  void divideBy(const Polynomial &base, int multiplicity);
  /// Cancels whole factors of the denominator that divide the numerator.
  void reduce();
  /// All denominators multiplied out.
  Polynomial expandDenominator() const;
};

/// Products and sums; nullopt where the exponentials differ or a polynomial
/// grows past maxTerms.
std::optional<RationalForm> multiply(const RationalForm &x,
                                     const RationalForm &y);
std::optional<RationalForm> divide(const RationalForm &x,
                                   const RationalForm &y);
std::optional<RationalForm> add(const RationalForm &x, const RationalForm &y);
RationalForm negate(RationalForm x);
RationalForm constantForm(double value);

/// tanh(log(r)), (r^2 - 1) / (r^2 + 1), and sigmoid(log(r)), r / (1 + r).
std::optional<RationalForm> tanhOfLog(const RationalForm &r);
std::optional<RationalForm> sigmoidOfLog(const RationalForm &r);

} // namespace actin

#endif // ACTIN_TRANSFORMS_RATIONALFORM_H
