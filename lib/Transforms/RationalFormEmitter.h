//===- RationalFormEmitter.h - Stable code for a rational form --*- C++ -*-===//

#ifndef ACTIN_TRANSFORMS_RATIONALFORMEMITTER_H
#define ACTIN_TRANSFORMS_RATIONALFORMEMITTER_H

#include "Transforms/RationalForm.h"
#include "Transforms/UnivariatePolynomial.h"

#include "mlir/IR/Builders.h"

#include "llvm/ADT/DenseMap.h"

#include <vector>

namespace actin {

/// What the atoms of polynomials stand for.
class AtomTable {
public:
  /// The argument of an exponential: factor * term, factor > 0.
  struct Exponential {
    mlir::Value term;
    Real factor;
  };

  unsigned get(mlir::Value value);
  std::optional<unsigned> find(mlir::Value value) const {
    auto it = ids.find(value);
    return it == ids.end() ? std::nullopt : std::optional(it->second);
  }
  unsigned addExponential(mlir::Value term, const Real &factor);
  /// Null for an exponential.
  mlir::Value getValue(unsigned atom) const { return atoms[atom].value; }
  const Exponential &getExponential(unsigned atom) const {
    return atoms[atom].exponential;
  }

private:
  struct Atom {
    mlir::Value value;
    Exponential exponential;
  };
  std::vector<Atom> atoms;
  llvm::DenseMap<mlir::Value, unsigned> ids;
};

/// A + B log(R) + C, A and R rational in one exponential e^u, and B and C free
/// of it.
struct LogarithmicSum {
  /// A, and B times what is linear in u of the logarithm, for u > 0 and else.
  RationalForm onPositive, onNegative;
  RationalForm factor;   ///< B.
  RationalForm aside;    ///< C.
  RationalForm argument; ///< R.
  /// Where the sum is even in u, it is that of -|u|, and A for u < 0, with the
  /// logarithm's linear part, is B u times this, a function of E alone.
  std::optional<RationalForm> even;
};

/// That of `rational` and `logarithmic`, a polynomial of the first degree in
/// the atom `log`, which is log(`argument`); nullopt where it does not vanish
/// where the logarithm grows.
std::optional<LogarithmicSum> joinLogarithm(const RationalForm &rational,
                                            const RationalForm &logarithmic,
                                            unsigned log,
                                            const RationalForm &argument,
                                            const RationalForm &u);

class RationalFormEmitter {
public:
  struct Parts;

  /// `isF64`: the type that the function is going to be computed in.
  /// `isSecond`: of a second derivative, where sums that grow like an
  /// exponential are one quotient.
  RationalFormEmitter(mlir::OpBuilder &builder, mlir::Location location,
                      const AtomTable &atoms, bool isF64, bool isSecond = false)
      : builder(builder), location(location), atoms(atoms), isF64(isF64),
        isSecond(isSecond) {}

  /// Stable operations for `form`, the value of `op`; null where the form grows
  /// without bound, or says nothing that `op` does not say as well.
  mlir::Value emit(const RationalForm &form, mlir::Operation &op);
  /// log(form) by softplus and logsigmoid, or log1p of what is small; null
  /// where a coefficient is negative.
  mlir::Value emitLog(const RationalForm &form);
  /// `sum` in terms that do not cancel; null as emit and emitLog. The logarithm
  /// becomes an atom of `table`.
  mlir::Value emitLogarithmicSum(const LogarithmicSum &sum, AtomTable &table,
                                 mlir::Operation &op);

private:
  class Held;

  std::optional<Coefficients> asCoefficients(const Polynomial &polynomial,
                                             unsigned exponential) const;
  /// Of a polynomial in `exponential` and other atoms, lowest first; nullopt
  /// where one is negative, or another exponential.
  std::optional<llvm::SmallVector<Polynomial, 4>>
  asMixedCoefficients(const Polynomial &polynomial, unsigned exponential) const;
  /// Whether an atom is an exponential of its own.
  bool grows(const Monomial &monomial) const;
  bool split(const RationalForm &form, Parts &parts) const;
  /// False where there is no logarithm that the parts show.
  bool splitForLog(const RationalForm &form, Parts &parts) const;
  void halvePowers(Parts &parts) const;
  bool extractRoots(Parts &parts) const;
  bool hasSeparateTerm(const RationalForm &form) const;
  mlir::Value emitSum(llvm::ArrayRef<RationalForm> parts, mlir::Operation &op);
  mlir::Value emitIndependent(const RationalForm &form, mlir::Operation &op);
  mlir::Value emitByMonomial(const RationalForm &form, mlir::Operation &op);
  mlir::Value emitKnown(const Parts &parts, mlir::Value u);
  mlir::Value emitGeneral(const Parts &parts, mlir::Value u);
  mlir::Value emitHeld(const Parts &parts);
  mlir::Value emitGrowth(const Parts &parts);
  mlir::Value emitDenominator(const Parts &parts, mlir::Value z,
                              mlir::Value isPositive);
  mlir::Value divideByPoles(mlir::Value quotient, int count, mlir::Value u,
                            mlir::Value minus);
  mlir::Value emitLogOfMixed(const Parts &parts);
  mlir::Value emitLogNextToRoot(const Parts &parts,
                                llvm::ArrayRef<Real> numerator, mlir::Value u);
  mlir::Value emitLogTail(const Parts &parts, llvm::ArrayRef<Real> numerator,
                          mlir::Value u, bool atPlus);
  /// The coefficients of E in a form whose logarithm is simple: constant, and
  /// none negative.
  std::optional<Coefficients> getPositiveNumerator(const Parts &parts) const;
  mlir::Value emitLogOfPolynomials(const Parts &parts,
                                   llvm::ArrayRef<Real> numerator,
                                   mlir::Value u, bool withLinear = true);
  /// log(form), less what is linear in u on either side.
  mlir::Value emitLogBesideLinear(const RationalForm &form);
  mlir::Value emitEvenSum(const LogarithmicSum &sum, AtomTable &table,
                          mlir::Operation &op);
  /// B times `value`, which becomes an atom of `table`.
  mlir::Value multiplyByFactor(const LogarithmicSum &sum, mlir::Value value,
                               AtomTable &table);
  mlir::Value addAside(mlir::Value value, const RationalForm &aside);
  mlir::Value emitFree(const RationalForm &form);
  mlir::Value emitPolynomial(const Polynomial &polynomial);
  mlir::Value emitTerm(const Term &term);
  /// `step` times the argument of the exponential.
  mlir::Value emitArgument(unsigned exponential, int step);
  mlir::Value emitQuotientNearOne(const Parts &parts, mlir::Value z,
                                  mlir::Value isPositive);
  /// c[0] + c[1] z + …, the coefficients by the sign of u; as many for either.
  mlir::Value emitHorner(llvm::ArrayRef<Polynomial> onNegative,
                         llvm::ArrayRef<Polynomial> onPositive, mlir::Value z,
                         mlir::Value isPositive);
  mlir::Value emitHorner(llvm::ArrayRef<Real> onNegative,
                         llvm::ArrayRef<Real> onPositive, mlir::Value z,
                         mlir::Value isPositive);
  /// The same, those for u > 0 in the opposite order; without `isPositive` as
  /// they are.
  mlir::Value emitHorner(llvm::ArrayRef<Polynomial> coefficients, mlir::Value z,
                         mlir::Value isPositive);
  mlir::Value constant(const Real &value);
  mlir::Value multiply(mlir::Value x, mlir::Value y); ///< Null is 1.
  mlir::Value power(mlir::Value base, int exponent);  ///< Null for 0.

  mlir::OpBuilder &builder;
  mlir::Location location;
  const AtomTable &atoms;
  bool isF64;
  bool isSecond;
};

} // namespace actin

#endif // ACTIN_TRANSFORMS_RATIONALFORMEMITTER_H
