//===- Pieces.cpp - Polynomials on pieces of an axis ----------------------===//

#include "Lowering/Pieces.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace actin {

template <typename T> static T hold(T x, double least, double most) {
  return x < T(least) ? T(least) : x > T(most) ? T(most) : x; // NaN stays.
}

template <typename T> int Pieces::getPiece(T x) const {
  T inside = hold(x, getFirst(), getLast());
  return std::isnan(x) ? 0 : int(std::nearbyint(inside * T(1 / step)));
}

template int Pieces::getPiece(double) const;
template int Pieces::getPiece(long double) const;

template <typename T> T Pieces::evaluateHalving(T x) const {
  T least = T(-farthest * step), whole = x < least ? least : x;
  x = halvesBelow() ? hold(x, -farthest * step, getLast())
                    : hold(x, 0, farthest * step);
  T magic = T(1.5) * std::ldexp(T(1), std::numeric_limits<T>::digits - 1);
  T number = std::fma(x, T(1 / step), magic) - magic;
  int n = std::isnan(x) ? 0 : int(number);
  int m = halvesBelow() ? std::max(-n, 0) : n;
  size_t entry = size_t(std::clamp(n, first, last)) % maxCount;
  T offset = std::fma(-number, T(getHighStep()), x);
  offset = std::fma(-number, T(step - getHighStep()), offset);
  T sum(coefficients.back()[entry]);
  for (size_t k = coefficients.size() - 1; k-- > 0;)
    sum = std::fma(sum, offset, T(coefficients[k][entry]));
  bool isInTail = tail && (halvesBelow() ? n <= first : n >= last);
  if (isTimesX) {
    T growth = sum;
    sum = std::fma(x, growth, whole);
    if (isInTail) {
      T slope = std::ldexp(T(tail->squareSlope), -m);
      sum = std::fma(sum, std::fma(slope, growth, slope), sum);
    }
  } else if (isInTail) {
    T rest = sum * T(tail->shift);
    if (tail->hasSquare()) {
      T square = std::ldexp(sum, -m) * sum;
      rest = std::fma(
          square, std::fma(x, T(tail->squareSlope), T(tail->squareConstant)),
          rest);
    }
    sum = std::fma(sum, x, rest);
  }
  return m < int(farthest) ? std::ldexp(sum, -m) : T(0);
}

template <typename T> T Pieces::evaluate(T x) const {
  if (isHalving)
    return evaluateHalving(x);
  size_t entry = size_t(getPiece(x)) % maxCount;
  T center(centers[entry]);
  T offset = hold(x, getFirst(), getLast()) - center;
  T constant(coefficients.front()[entry]), sum(coefficients.back()[entry]);
  for (size_t k = coefficients.size() - 1; k-- > 1;)
    sum = std::fma(sum, offset, T(coefficients[k][entry]));
  if (lowSlopes)
    constant = std::fma(T((*lowSlopes)[entry]), offset, constant);
  return std::fma(sum, hold(x, least, most) - center, constant);
}

double Pieces::getHighStep() const {
  return std::ldexp(std::nearbyint(std::ldexp(step, 13)), -13);
}

template float Pieces::evaluate(float) const;
template double Pieces::evaluate(double) const;
template long double Pieces::evaluate(long double) const;

double Pieces::differentiate(double x) const {
  if (isHalving) // Near enough.
    return (evaluate(x * (1 + 0x1p-20)) - evaluate(x)) /
           std::max(x * 0x1p-20, 0x1p-1000);
  if (!(x >= least && x <= most))
    return 0;
  size_t entry = size_t(getPiece(x)) % maxCount;
  double offset = hold(x, getFirst(), getLast()) - centers[entry], sum = 0;
  for (size_t k = coefficients.size() - 1; k != 0; --k)
    sum = sum * offset + double(k) * coefficients[k][entry];
  return sum;
}

} // namespace actin
