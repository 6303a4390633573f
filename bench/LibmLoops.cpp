//===- LibmLoops.cpp - Activations as a C++ programmer writes them --------===//
//
// One value and one slope a function, and loops over them.
//
//===----------------------------------------------------------------------===//

#include "LibmLoops.h"

#include <algorithm>
#include <cmath>

using namespace bench;

static constexpr float invSqrt2 = 0.70710678f;
static constexpr float invSqrt2Pi = 0.39894228f;
static constexpr float sqrt2OverPi = 0.79788456f;

static float sigmoid(float x) { return 1 / (1 + std::exp(-x)); }
static float sigmoidSlope(float x) { return sigmoid(x) * (1 - sigmoid(x)); }
static float relu(float x) { return std::max(x, 0.0f); }
static float reluSlope(float x) { return x > 0 ? 1.0f : 0.0f; }
static float elu(float x) { return x > 0 ? x : std::expm1(x); }
static float eluSlope(float x) { return x > 0 ? 1 : std::exp(x); }
static float tanhValue(float x) { return std::tanh(x); }
static float tanhSlope(float x) { return 1 - std::tanh(x) * std::tanh(x); }
static float silu(float x) { return x * sigmoid(x); }
static float siluSlope(float x) {
  float s = sigmoid(x);
  return s + x * s * (1 - s);
}
static float gelu(float x) { return 0.5f * x * (1 + std::erf(x * invSqrt2)); }
static float geluSlope(float x) {
  return 0.5f * (1 + std::erf(x * invSqrt2)) +
         x * invSqrt2Pi * std::exp(-0.5f * x * x);
}
static float geluTanh(float x) {
  float u = sqrt2OverPi * (x + 0.044715f * x * x * x);
  return 0.5f * x * (1 + std::tanh(u));
}
static float geluTanhSlope(float x) {
  float t = std::tanh(sqrt2OverPi * (x + 0.044715f * x * x * x));
  float du = sqrt2OverPi * (1 + 3 * 0.044715f * x * x);
  return 0.5f * (1 + t) + 0.5f * x * (1 - t * t) * du;
}
static float softplus(float x) {
  return relu(x) + std::log1p(std::exp(-std::fabs(x)));
}
static float mish(float x) { return x * std::tanh(softplus(x)); }
static float mishSlope(float x) {
  float t = std::tanh(softplus(x));
  return t + x * (1 - t * t) * sigmoid(x);
}
static float hardswish(float x) {
  return x * std::clamp(x + 3, 0.0f, 6.0f) / 6;
}
static float hardswishSlope(float x) {
  return x <= -3 ? 0 : x >= 3 ? 1 : (2 * x + 3) / 6;
}

template <float (*value)(float)>
static void runForward(const float *x, float *out, int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    out[i] = value(x[i]);
}

template <float (*slope)(float)>
static void runBackward(const float *x, const float *dout, float *out,
                        int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    out[i] = dout[i] * slope(x[i]);
}

static const LibmLoop loops[] = {
    {"relu", runForward<relu>, runBackward<reluSlope>},
    {"elu", runForward<elu>, runBackward<eluSlope>},
    {"tanh", runForward<tanhValue>, runBackward<tanhSlope>},
    {"sigmoid", runForward<sigmoid>, runBackward<sigmoidSlope>},
    {"silu", runForward<silu>, runBackward<siluSlope>},
    {"gelu", runForward<gelu>, runBackward<geluSlope>},
    {"gelu_tanh", runForward<geluTanh>, runBackward<geluTanhSlope>},
    {"mish", runForward<mish>, runBackward<mishSlope>},
    {"softplus", runForward<softplus>, runBackward<sigmoid>},
    {"swish", runForward<silu>, runBackward<siluSlope>},
    {"hardswish", runForward<hardswish>, runBackward<hardswishSlope>},
};

const LibmLoop *bench::findLibmLoop(std::string_view name) {
  for (const LibmLoop &loop : loops)
    if (loop.name == name)
      return &loop;
  return nullptr;
}
