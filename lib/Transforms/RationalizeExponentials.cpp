//===- RationalizeExponentials.cpp - Exact algebra before rounding --------===//
//
// In: a function over !act.real. Out: the same function, with every sub-term
// that is a rational function of one exponential E = e^u, or in which terms
// cancel over a common denominator, replaced by a form that neither overflows
// nor cancels.
//
// A rational function N(E) / D(E) is evaluated in z = e^-|u|, which lies in
// (0, 1]: for u <= 0, E = z; for u > 0, E = 1/z, and the powers of z are moved
// over, which reverses the coefficients. Where all coefficients of a polynomial
// have one sign nothing cancels in it; a factor (E - 1)^k is split off and
// becomes expm1(-|u|)^k. Forms with other sign changes have roots, next to
// which they cancel as written; they too do not overflow. A form that goes to 1
// is held to where it is 1 instead (RationalFormHeld.cpp).
//
// This covers sigmoid, tanh, softplus inside exp or tanh, and every product,
// quotient and sum of them: 1 - tanh(u)^2, s (1 - s), the derivatives of mish.
//
//===----------------------------------------------------------------------===//

#include "Transforms/ExponentialBases.h"
#include "Transforms/RationalForm.h"
#include "Transforms/RationalFormEmitter.h"
#include "Transforms/StabilizeImpl.h"

#include "actin/Dialect/Act/Act.h"

#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

#include <utility>

using mlir::Operation;
using mlir::Value;

namespace actin {

namespace {

class Rationalizer {
public:
  Rationalizer(mlir::func::FuncOp function, bool isF64,
               RewriteListener listener)
      : function(function), isF64(isF64), listener(listener),
        builder(function.getContext()), isSecond(hasSecondDerivative(function)),
        bases(function) {}

  void run();

private:
  // Building the forms, operation by operation; nullopt: the value is opaque.
  std::optional<RationalForm> formOf(Operation &op);
  std::optional<RationalForm> formOfPower(act::PowOp op);
  std::optional<RationalForm> formOfFunction(Operation &op);
  std::optional<RationalForm> formOfLogistic(Operation &op);
  std::optional<RationalForm> sumOf(Value x, Value y, bool subtract);
  /// The result of `op` beside the logarithm of what has its exponential.
  std::optional<LogarithmicSum> logarithmicSumOf(Operation &op);
  /// True where a factor in the numerator is the logarithm of a form.
  bool containsLogarithm(const RationalForm &form) const;
  /// The incoming gradient times a derivative.
  bool isResultOfDout(act::MulOp op);
  /// R, where the result of `op` is log(R) and R is rational.
  std::optional<RationalForm> logArgumentOf(Operation &op);
  RationalForm getForm(Value value);
  /// The forms of two operands; where they have different exponentials, the
  /// one that is a function counts as opaque, or else the one that is no more
  /// than a power of its own, or that is a quotient next to a polynomial.
  std::pair<RationalForm, RationalForm> getForms(Value x, Value y);
  RationalForm opaque(Value value);
  /// Of two factors with different exponentials, keeps the form of the one
  /// whose exponential the product is multiplied by next.
  void leaveUsersExponential(act::MulOp product, RationalForm &x,
                             RationalForm &y);
  /// E^(factor of `op`'s argument), as an integer power of one of its term's.
  std::optional<RationalForm> exponential(Operation &op);
  unsigned getAtom(Value value) { return atoms.get(value); }
  unsigned getMagnitudeAtom(act::SignOp sign);

  // Letting terms cancel that stand in different values.
  Polynomial openAtoms(const Polynomial &polynomial);
  Polynomial reduceProducts(const Polynomial &polynomial);
  Polynomial reduceProduct(const Term &term);

  mlir::func::FuncOp function;
  bool isF64;
  RewriteListener listener;
  mlir::OpBuilder builder;
  bool isSecond;
  AtomTable atoms;
  ExponentialBases bases;
  llvm::DenseMap<std::pair<Value, unsigned>, unsigned> exponentialAtoms;
  llvm::DenseMap<Value, RationalForm> forms;
  llvm::DenseMap<Value, RationalForm> logArguments;
  llvm::DenseMap<Value, LogarithmicSum> logarithmicSums;
};

RationalForm Rationalizer::opaque(Value value) {
  RationalForm form;
  if (std::optional<Real> constant = getConstant(value))
    form.numerator = Polynomial(*constant);
  else
    form.numerator = Polynomial::atom(getAtom(value));
  return form;
}

RationalForm Rationalizer::getForm(Value value) {
  auto it = forms.find(value);
  return it == forms.end() ? opaque(value) : it->second;
}

/// A multiple of a power of E.
static bool isPurePower(const RationalForm &form) {
  return form.denominator.empty() && form.numerator.getTerms().size() == 1;
}

std::pair<RationalForm, RationalForm> Rationalizer::getForms(Value x, Value y) {
  RationalForm left = getForm(x), right = getForm(y);
  if (left.hasExponential() && right.hasExponential() &&
      left.exponential != right.exponential) {
    // Of second derivatives, one function says as much by itself.
    auto isFunction = [](Value value) {
      return isa_and_nonnull<act::TanhOp, act::SigmoidOp>(
          value.getDefiningOp());
    };
    if (isSecond && isFunction(x) != isFunction(y))
      (isFunction(x) ? left : right) = opaque(isFunction(x) ? x : y);
    else if (isPurePower(left))
      left = opaque(x);
    else if (isPurePower(right))
      right = opaque(y);
    else if (!left.denominator.empty() && right.denominator.empty())
      left = opaque(x);
    else if (!right.denominator.empty() && left.denominator.empty())
      right = opaque(y);
  }
  return {std::move(left), std::move(right)};
}

std::optional<RationalForm> Rationalizer::exponential(Operation &op) {
  std::optional<PowerOfBase> power = bases.find(op);
  if (!power)
    return std::nullopt;
  auto [it, isNew] = exponentialAtoms.insert({{power->term, power->base}, 0});
  if (isNew)
    it->second = atoms.addExponential(power->term, power->factor);
  RationalForm form;
  form.exponential = it->second;
  form.numerator = Polynomial::atom(it->second, power->exponent);
  return form;
}

std::optional<RationalForm> Rationalizer::formOfLogistic(Operation &op) {
  // With log(R) for an argument, R takes the place of the exponential.
  auto log = logArguments.find(op.getOperand(0));
  std::optional<RationalForm> r;
  if (log != logArguments.end())
    r = log->second;
  else
    r = exponential(op);
  if (!r)
    return std::nullopt;
  if (isa<act::SigmoidOp>(op))
    return sigmoidOfLog(*r);
  if (log != logArguments.end())
    return tanhOfLog(*r);
  // exponential() gave e^{2u}: tanh u = (E - 1) / (E + 1).
  auto below = add(*r, constantForm(-1.0));
  auto above = add(*r, constantForm(1.0));
  return below && above ? divide(*below, *above) : std::nullopt;
}

std::optional<RationalForm> Rationalizer::formOfFunction(Operation &op) {
  if (isa<act::SigmoidOp, act::TanhOp>(op))
    return formOfLogistic(op);
  if (isa<act::ExpOp>(op)) {
    auto log = logArguments.find(op.getOperand(0));
    return log != logArguments.end() ? log->second : exponential(op);
  }
  if (isa<act::Expm1Op>(op)) {
    auto e = exponential(op);
    return e ? add(*e, constantForm(-1.0)) : std::nullopt;
  }
  if (!isa<act::SinhOp, act::CoshOp>(op))
    return std::nullopt;
  auto e = exponential(op);
  auto inverse = e ? divide(constantForm(1.0), *e) : std::nullopt;
  if (!inverse)
    return std::nullopt;
  auto sum = add(*e, isa<act::SinhOp>(op) ? negate(*inverse) : *inverse);
  return sum ? multiply(*sum, constantForm(0.5)) : std::nullopt;
}

std::optional<RationalForm> Rationalizer::logArgumentOf(Operation &op) {
  if (isa<act::SoftplusOp>(op)) {
    auto e = exponential(op);
    return e ? add(*e, constantForm(1.0)) : std::nullopt;
  }
  if (isa<act::LogsigmoidOp>(op)) {
    auto e = exponential(op);
    return e ? sigmoidOfLog(*e) : std::nullopt;
  }
  if (isa<act::NegOp>(op)) {
    auto it = logArguments.find(op.getOperand(0));
    return it != logArguments.end() ? divide(constantForm(1.0), it->second)
                                    : std::nullopt;
  }
  if (!isa<act::LogOp, act::Log1pOp>(op))
    return std::nullopt;
  auto it = forms.find(op.getOperand(0));
  if (it == forms.end() || !it->second.hasExponential())
    return std::nullopt;
  return isa<act::LogOp>(op) ? it->second : add(it->second, constantForm(1.0));
}

std::optional<RationalForm> Rationalizer::formOfPower(act::PowOp op) {
  std::optional<Real> exponent = getConstant(op.getRhs());
  std::optional<int64_t> n = exponent ? exponent->asInteger() : std::nullopt;
  if (!n || *n == 0 || std::abs(*n) > 4)
    return std::nullopt;
  RationalForm base = getForm(op.getLhs());
  std::optional<RationalForm> result = base;
  for (int64_t i = 1; result && i < std::abs(*n); ++i)
    result = multiply(*result, base);
  if (result && *n < 0)
    result = divide(constantForm(1.0), *result);
  return result;
}

unsigned Rationalizer::getMagnitudeAtom(act::SignOp sign) {
  for (Operation *user : sign.getOperand().getUsers())
    if (isa<act::AbsOp>(user) && user->isBeforeInBlock(sign))
      return getAtom(user->getResult(0));
  builder.setInsertionPointAfter(sign);
  return getAtom(act::AbsOp::create(builder, sign.getLoc(), sign.getOperand()));
}

/// x sign(x) = |x|, |x|^2 = x^2 and sqrt(a)^2 = a.
Polynomial Rationalizer::reduceProduct(const Term &term) {
  Term rest{term.coefficient, {}};
  Polynomial factor(Real(1.0));
  for (const auto &[atom, power] : term.monomial.powers) {
    Value value = atoms.getValue(atom);
    auto root = value ? value.getDefiningOp<act::SqrtOp>() : act::SqrtOp();
    auto sign = value ? value.getDefiningOp<act::SignOp>() : act::SignOp();
    auto abs = value ? value.getDefiningOp<act::AbsOp>() : act::AbsOp();
    if (root && power >= 2) {
      Polynomial radicand =
          openAtoms(Polynomial::atom(getAtom(root.getOperand())));
      for (int i = 0; i != power / 2; ++i)
        factor = factor * radicand;
      rest.monomial.multiply(atom, power % 2);
    } else if (abs && power >= 2) {
      rest.monomial.multiply(getAtom(abs.getOperand()), power / 2 * 2);
      rest.monomial.multiply(atom, power % 2);
    } else if (sign && power == 1 &&
               term.monomial.getPower(getAtom(sign.getOperand())) > 0) {
      rest.monomial.multiply(getAtom(sign.getOperand()), -1);
      rest.monomial.multiply(getMagnitudeAtom(sign), 1);
    } else {
      rest.monomial.multiply(atom, power);
    }
  }
  Polynomial result;
  result.add(rest);
  return result * factor;
}

Polynomial Rationalizer::reduceProducts(const Polynomial &polynomial) {
  Polynomial result;
  for (const Term &term : polynomial.getTerms())
    result.add(reduceProduct(term));
  return result;
}

/// Replaces an atom that is a sum by its terms.
Polynomial Rationalizer::openAtoms(const Polynomial &polynomial) {
  Polynomial result;
  for (const Term &term : polynomial.getTerms()) {
    Polynomial product{term.coefficient};
    for (const auto &[atom, power] : term.monomial.powers) {
      Value value = atoms.getValue(atom);
      Operation *op = value ? value.getDefiningOp() : nullptr;
      Polynomial factor = Polynomial::atom(atom, power);
      if (op && power == 1 && isa<act::AddOp, act::SubOp>(op)) {
        RationalForm x = getForm(op->getOperand(0));
        RationalForm y = getForm(op->getOperand(1));
        if (x.denominator.empty() && y.denominator.empty()) {
          factor = x.numerator;
          factor.add(isa<act::SubOp>(op) ? negate(y).numerator : y.numerator);
        }
      }
      product = product * factor;
    }
    result.add(product);
  }
  return result;
}

bool Rationalizer::containsLogarithm(const RationalForm &form) const {
  auto isLogarithm = [&](Value value) {
    return logArguments.count(value) != 0;
  };
  for (const Term &term : form.numerator.getTerms())
    for (const auto &[atom, power] : term.monomial.powers) {
      Value value = atoms.getValue(atom);
      Operation *op = value ? value.getDefiningOp() : nullptr;
      if (value && (isLogarithm(value) ||
                    (isa_and_nonnull<act::AddOp, act::SubOp>(op) &&
                     llvm::any_of(op->getOperands(), isLogarithm))))
        return true;
    }
  return false;
}

bool Rationalizer::isResultOfDout(act::MulOp op) {
  auto argument = dyn_cast<mlir::BlockArgument>(op.getLhs());
  auto role = argument ? function.getArgAttrOfType<mlir::StringAttr>(
                             argument.getArgNumber(), act::roleAttrName)
                       : mlir::StringAttr();
  return role && role.getValue() == "dout" &&
         llvm::all_of(op->getUsers(), [](Operation *user) {
           return isa<act::WhereOp, mlir::func::ReturnOp>(user);
         });
}

/// True where a sum of `plain`, which is no number, and `other` multiplies
/// `plain` by what only `other` is divided by, next to its exponential:
/// x + sigmoid(x) / (1 + x^2).
static bool isBurdened(const RationalForm &plain, const RationalForm &other) {
  return !plain.hasExponential() && !plain.numerator.asConstant() &&
         other.hasExponential() &&
         llvm::any_of(other.denominator, [&](const auto &factor) {
           return !factor.base.contains(other.exponential) &&
                  llvm::none_of(plain.denominator, [&](const auto &known) {
                    return known.base == factor.base;
                  });
         });
}

std::optional<RationalForm> Rationalizer::sumOf(Value x, Value y,
                                                bool subtract) {
  auto [left, right] = getForms(x, y);
  if (subtract)
    right = negate(right);
  // With its own logarithm an exponential cancels in ways that no common
  // denominator shows.
  if ((left.hasExponential() && containsLogarithm(right)) ||
      (right.hasExponential() && containsLogarithm(left)))
    return std::nullopt;
  bool plain = !left.hasExponential() && !right.hasExponential();
  if (plain && left.denominator.empty() && right.denominator.empty())
    return std::nullopt; // One atom; opened up when something must cancel.
  bool wasCancelled = std::exchange(left.cancelled, false) | right.cancelled;
  right.cancelled = false;
  std::optional<RationalForm> sum = add(left, right);
  // Where nothing cancels, that is only larger.
  if (sum && !sum->cancelled &&
      (isBurdened(left, right) || isBurdened(right, left)))
    return std::nullopt;
  if (sum)
    sum->cancelled |= wasCancelled;
  if (!sum || !plain)
    return sum;
  // Without an exponential only a cancellation is worth a rewrite.
  size_t termsBefore = sum->numerator.getTerms().size();
  Polynomial opened = reduceProducts(openAtoms(sum->numerator));
  if (opened.getTerms().size() >= termsBefore)
    return std::nullopt;
  sum->numerator = opened;
  sum->cancelled = true;
  return sum;
}

std::optional<LogarithmicSum> Rationalizer::logarithmicSumOf(Operation &op) {
  if (!isa<act::AddOp, act::SubOp>(op))
    return std::nullopt;
  auto [rational, other] = getForms(op.getOperand(0), op.getOperand(1));
  if (isa<act::SubOp>(op))
    other = negate(other);
  if (!rational.hasExponential())
    std::swap(rational, other);
  if (!rational.hasExponential() || other.hasExponential())
    return std::nullopt;
  other.numerator = openAtoms(other.numerator);
  RationalForm u = getForm(atoms.getExponential(rational.exponential).term);
  u.numerator = u.numerator * atoms.getExponential(rational.exponential).factor;
  for (const Term &term : other.numerator.getTerms())
    for (const auto &[atom, power] : term.monomial.powers) {
      Value value = atoms.getValue(atom);
      auto log = value ? logArguments.find(value) : logArguments.end();
      if (log != logArguments.end() &&
          log->second.exponential == rational.exponential)
        return joinLogarithm(rational, other, atom, log->second, u);
    }
  return std::nullopt;
}

void Rationalizer::leaveUsersExponential(act::MulOp product, RationalForm &x,
                                         RationalForm &y) {
  if (!x.hasExponential() || !y.hasExponential() ||
      x.exponential == y.exponential || !product->hasOneUse())
    return;
  auto user = dyn_cast<act::MulOp>(*product->getUsers().begin());
  if (!user)
    return;
  Value other =
      user->getOperand(user->getOperand(0) == product.getResult() ? 1 : 0);
  unsigned exponential = getForm(other).exponential;
  if (exponential == y.exponential)
    x = opaque(product.getLhs());
  else if (exponential == x.exponential)
    y = opaque(product.getRhs());
}

std::optional<RationalForm> Rationalizer::formOf(Operation &op) {
  if (auto add = dyn_cast<act::AddOp>(op))
    return sumOf(add.getLhs(), add.getRhs(), /*subtract=*/false);
  if (auto sub = dyn_cast<act::SubOp>(op))
    return sumOf(sub.getLhs(), sub.getRhs(), /*subtract=*/true);
  if (auto mul = dyn_cast<act::MulOp>(op)) {
    if (isResultOfDout(mul))
      return std::nullopt; // The derivative is a form of its own.
    auto [x, y] = getForms(mul.getLhs(), mul.getRhs());
    if (!x.denominator.empty() && !y.denominator.empty())
      leaveUsersExponential(mul, x, y);
    return multiply(x, y);
  }
  if (auto div = dyn_cast<act::DivOp>(op)) {
    auto [x, y] = getForms(div.getLhs(), div.getRhs());
    return divide(x, y);
  }
  if (auto neg = dyn_cast<act::NegOp>(op))
    return negate(getForm(neg.getOperand()));
  if (auto pow = dyn_cast<act::PowOp>(op))
    return formOfPower(pow);
  return formOfFunction(op);
}

void Rationalizer::run() {
  mlir::Block &block = function.getBody().front();
  llvm::SmallVector<Operation *> operations;
  for (Operation &op : block.without_terminator())
    if (!isa<act::ConstantOp>(op))
      operations.push_back(&op);
  for (Operation *op : operations) {
    if (auto sum = logarithmicSumOf(*op))
      logarithmicSums.insert({op->getResult(0), *sum});
    else if (auto form = formOf(*op))
      forms[op->getResult(0)] = *form;
    if (auto form = logArgumentOf(*op))
      logArguments[op->getResult(0)] = *form;
  }
  // From the results towards the inputs: a value inside a replaced one loses
  // its uses and is not looked at again.
  for (Operation *op : llvm::reverse(operations)) {
    Value value = op->getResult(0);
    if (value.use_empty())
      continue;
    builder.setInsertionPoint(op);
    RationalFormEmitter emitter(builder, op->getLoc(), atoms, isF64, isSecond);
    Value replacement;
    if (auto log = logArguments.find(value);
        log != logArguments.end() && isa<act::LogOp, act::Log1pOp>(op))
      replacement = emitter.emitLog(log->second);
    else if (auto sum = logarithmicSums.find(value);
             sum != logarithmicSums.end())
      replacement = emitter.emitLogarithmicSum(sum->second, atoms, *op);
    else if (auto it = forms.find(value); it != forms.end())
      replacement = emitter.emit(it->second, *op);
    if (!replacement)
      continue;
    value.replaceAllUsesWith(replacement);
    if (listener)
      listener("a rational function of an exponential, in powers of e^-|u|: "
               "nothing overflows or cancels",
               op->getLoc());
  }
  // Only now: until here a form may still name a value that lost its uses.
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (mlir::isOpTriviallyDead(&op))
      op.erase();
}

} // namespace

void rationalizeExponentials(mlir::func::FuncOp function, bool isF64,
                             RewriteListener listener) {
  Rationalizer(function, isF64, listener).run();
}

} // namespace actin
