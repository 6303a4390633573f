//===- consumer.cpp - Somebody's C++ program ------------------------------===//
//
// A parametric activation, its gradients on the threads of the program, and a
// formula that is wrong.
//
//===----------------------------------------------------------------------===//

#include "actin-c/actin.hpp"

#include <cmath>
#include <cstdio>
#include <thread>

namespace host = actin::host;

static int failed(const char *what) {
  std::fprintf(stderr, "%s\n", what);
  return 1;
}

/// Half of the work in a thread of its own.
static void runInHalves(int64_t count,
                        const std::function<void(int64_t, int64_t)> &body) {
  std::thread other([&] { body(count / 2, count); });
  body(0, count / 2);
  other.join();
}

static int runGradients() {
  host::Module module = host::Module::parse(
      "activation f(x; a[channel] = 0.25) = where(x > 0, x, a * x)");
  host::Activation activation = module.find("f");
  host::Parameter a = activation.getParameters().at(0);
  if (!a.perChannel || a.defaultValue != 0.25)
    return failed("the parameter is not the declared one");
  host::Compiler compiler;
  host::CompileOptions options;
  options.pass = ACTIN_PASS_FUSED;
  host::Kernel kernel = compiler.compile(activation, options);
  std::vector<float> x(64 * 2 * 500, -1.0f), dout(x.size(), 1.0f), y(x.size()),
      dx(x.size()), slopes{0.5f, 2.0f}, da(2);
  host::Call call;
  call.inputs = {host::tensor(x.data(), {64, 2, 500})};
  call.dout = host::tensor(dout.data(), {64, 2, 500});
  call.out = host::tensor(y.data(), {64, 2, 500});
  call.parameters = {host::tensor(slopes.data(), {2})};
  call.gradients = {host::tensor(dx.data(), {64, 2, 500}),
                    host::tensor(da.data(), {2})};
  call.parallelFor = runInHalves;
  kernel.run(call);
  host::PreparedCall prepared = kernel.prepare(call);
  y[0] = 0;
  prepared.run();
  if (y[0] != -0.5f || y[500] != -2.0f || dx[500] != 2.0f)
    return failed("the values are wrong");
  if (da != std::vector<float>{-32000.0f, -32000.0f})
    return failed("the gradient of the parameter is wrong");
  std::string slope = compiler.differentiate(activation, "x").print();
  return slope.find("where") == std::string::npos ? failed(slope.c_str()) : 0;
}

static int reportError() {
  try {
    host::Module::parse("activation f(x) = x * sigmoyd(x)", "net.act");
  } catch (const host::Error &error) {
    host::Diagnostic first = error.getDiagnostics().at(0);
    bool isRight = error.getCode() == ACTIN_INVALID_SOURCE && first.line == 1 &&
                   first.column == 23 && first.file == "net.act";
    return isRight ? 0 : failed(error.what());
  }
  return failed("a wrong formula was taken");
}

int main() {
  try {
    return runGradients() | reportError();
  } catch (const host::Error &error) {
    return failed(error.what());
  }
}
