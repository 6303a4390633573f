//===- MatmulEpilogue.cpp - An activation in somebody else's loop ---------===//
//
// Compiles a dense layer with an activation, and with its gradient, in the loop
// of the matrix product, and compares each with the layer alone followed by a
// kernel over its result: every bit must be the same.
//
//===----------------------------------------------------------------------===//

#include "HostCompiler.h"
#include "actin-c/actin.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstring>
#include <random>

namespace {

using Matrix = std::vector<float>;

struct LayerData {
  Matrix a = Matrix(numRows * numInner), b = Matrix(numInner * numColumns),
         bias = Matrix(numColumns), dout = Matrix(numRows * numColumns);
  float beta = 1.25f;

  LayerData() {
    std::mt19937 generator(1);
    std::normal_distribution<float> normal;
    for (Matrix *matrix : {&a, &b, &bias, &dout})
      for (float &value : *matrix)
        value = normal(generator);
  }
};

Matrix run(const DenseLayer &layer, const LayerData &data) {
  Matrix result(numRows * numColumns);
  layer.run(data.a.data(), data.b.data(), data.bias.data(), data.beta,
            data.dout.data(), result.data());
  return result;
}

/// The activation of `sums`, or its gradient, by a kernel.
Matrix runKernel(const Epilogue &epilogue, const LayerData &data,
                 const Matrix &sums) {
  namespace host = actin::host;
  host::Compiler compiler;
  host::CompileOptions options;
  options.pass = ACTIN_PASS_CUSTOM;
  options.target = epilogue.target;
  options.forward = !epilogue.gradient;
  if (epilogue.gradient)
    options.gradients = {"x"};
  host::Kernel kernel =
      compiler.compile(host::Module::parse(epilogue.formula)[0], options);
  Matrix result(sums.size());
  host::Call call;
  const std::vector<int64_t> shape = {numRows, numColumns};
  call.inputs = {host::tensor(sums.data(), shape)};
  call.parameters = {host::tensor(&data.beta, {})};
  if (epilogue.gradient) {
    call.dout = host::tensor(data.dout.data(), shape);
    call.gradients = {host::tensor(result.data(), shape)};
  } else {
    call.out = host::tensor(result.data(), shape);
  }
  kernel.run(call);
  return result;
}

/// Whether the fused layer and the two steps agree.
bool compare(const Epilogue &epilogue, const LayerData &data) {
  auto fused = DenseLayer::compile(epilogue);
  auto plain = DenseLayer::compile({});
  if (!fused || !plain)
    return false;
  Matrix actual = run(*fused, data);
  Matrix expected = runKernel(epilogue, data, run(*plain, data));
  const char *what = epilogue.gradient ? "gradient" : "value";
  for (size_t i = 0; i != actual.size(); ++i)
    if (std::memcmp(&actual[i], &expected[i], sizeof(float)) != 0) {
      std::fprintf(stderr, "%s %zu: fused %a, in two steps %a\n", what, i,
                   actual[i], expected[i]);
      return false;
    }
  std::printf("%s: %zu elements, the same bits fused and in two steps\n", what,
              actual.size());
  return true;
}

} // namespace

int main(int argc, char **argv) {
  CLI::App app("Fuses an activation into a matrix product");
  Epilogue epilogue;
  epilogue.formula = "activation f(x; beta = 1) = x * sigmoid(beta * x)";
  app.add_option("formula", epilogue.formula, "Of x and beta")
      ->capture_default_str();
  app.add_option("--target", epilogue.target, "Whose instructions to use")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  Epilogue gradient = epilogue;
  gradient.gradient = true;
  LayerData data;
  try {
    return compare(epilogue, data) && compare(gradient, data) ? 0 : 1;
  } catch (const actin::host::Error &error) {
    std::fprintf(stderr, "%s", error.what());
    return 1;
  }
}
