//===- RunTest.cpp - actin run on arrays ----------------------------------===//

#include "Npy.h"
#include "Process.h"

#include "actin/Elements.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace actin;
using namespace actin::test;
using namespace actin::tool;

namespace {

class RunTest : public testing::Test {
protected:
  std::string save(const std::string &name, DataType type,
                   std::vector<int64_t> shape,
                   const std::vector<double> &values) {
    NpyArray array = makeArray(type, std::move(shape));
    for (size_t i = 0; i < values.size(); ++i)
      storeElement(&array.data[i * getSizeBytes(type)], type, values[i]);
    std::string path = folder.path(name + ".npy");
    EXPECT_TRUE(writeNpy(path, array).has_value());
    return path;
  }
  std::string save(const std::string &name, std::vector<double> values) {
    int64_t size = static_cast<int64_t>(values.size());
    return save(name, DataType::F32, {size}, values);
  }

  std::string out(const std::string &name) {
    return folder.path(name + ".npy");
  }

  NpyArray load(const std::string &name) {
    Expected<NpyArray> array = readNpy(out(name));
    EXPECT_TRUE(array.has_value()) << name;
    return array ? *array : NpyArray();
  }

  std::vector<double> values(const std::string &name) {
    NpyArray array = load(name);
    size_t size = getSizeBytes(array.type);
    std::vector<double> result;
    for (size_t offset = 0; offset < array.data.size(); offset += size)
      result.push_back(loadElement(&array.data[offset], array.type));
    return result;
  }

  /// Runs and expects success.
  void run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "run");
    ProcessResult result = runActin(arguments);
    EXPECT_EQ(result.status, 0) << result.err;
  }

  /// Runs and expects this status, and this in what it says.
  void runBadly(int status, const std::string &message,
                std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "run");
    ProcessResult result = runActin(arguments);
    EXPECT_EQ(result.status, status) << result.err;
    EXPECT_NE(result.err.find(message), std::string::npos) << result.err;
  }

  TemporaryFolder folder;
};

using Values = std::vector<double>;
const std::string prelu =
    "activation f(x; alpha[channel] = 0.25) = where(x > 0, x, alpha * x)";
const std::string product = "activation f(x, gate; s = 2) = s * x * gate";

TEST_F(RunTest, Forward) {
  std::string x = save("x", {-2, -0.5, 0, 3});
  run({"relu", "--in", "x=" + x, "--out", out("y")});
  EXPECT_EQ(values("y"), (Values{0, 0, 0, 3}));
}

TEST_F(RunTest, TypeAndShapeFollowTheInput) {
  std::string x = save("x", DataType::F64, {2, 1, 3}, {1, 2, 3, 4, 5, 6});
  run({"-e", "activation f(x) = 2 * x", "--in", "x=" + x, "--out", out("y")});
  EXPECT_EQ(load("y").type, DataType::F64);
  EXPECT_EQ(load("y").shape, (std::vector<int64_t>{2, 1, 3}));
  EXPECT_EQ(values("y"), (Values{2, 4, 6, 8, 10, 12}));
}

TEST_F(RunTest, GradientsWithAndWithoutDout) {
  std::string x = save("x", {1, 2, 3}), g = save("g", {4, 5, 6}),
              d = save("d", {1, 0, 2});
  std::vector<std::string> arguments = {
      "-e",     product,          "--in",   "x=" + x,
      "--in",   "gate=" + g,      "--out",  out("y"),
      "--grad", "x=" + out("dx"), "--grad", "gate=" + out("dg"),
      "--grad", "s=" + out("ds")};
  run(arguments);
  EXPECT_EQ(values("y"), (Values{8, 20, 36}));
  EXPECT_EQ(values("dx"), (Values{8, 10, 12}));
  EXPECT_EQ(values("dg"), (Values{2, 4, 6}));
  EXPECT_EQ(values("ds"), (Values{32}));
  arguments.insert(arguments.end(), {"--dout", d, "--param", "s=3"});
  run(arguments);
  EXPECT_EQ(values("dx"), (Values{12, 0, 36}));
  EXPECT_EQ(values("ds"), (Values{40}));
}

TEST_F(RunTest, SecondDerivative) {
  std::string x = save("x", {-1, 0, 2});
  run({"-e", "activation f(x) = x**3", "--in", "x=" + x, "--second",
       "x=" + out("d2")});
  EXPECT_EQ(values("d2"), (Values{-6, 0, 12}));
}

TEST_F(RunTest, ChannelParameters) {
  std::string x =
      save("x", DataType::F32, {2, 2, 2}, {-1, -2, -3, -4, -5, -6, 7, 8});
  std::string alpha = save("alpha", DataType::F64, {2}, {0.5, 2});
  std::vector<std::string> arguments = {
      "-e",    prelu,    "--in",   "x=" + x,
      "--out", out("y"), "--grad", "alpha=" + out("da")};
  run(arguments);
  EXPECT_EQ(values("y"), (Values{-.25, -.5, -.75, -1, -1.25, -1.5, 7, 8}));
  EXPECT_EQ(values("da"), (Values{-14, -7}));
  arguments.insert(arguments.end(), {"--param", "alpha=" + alpha});
  run(arguments);
  EXPECT_EQ(values("y"), (Values{-.5, -1, -6, -8, -2.5, -3, 7, 8}));
  arguments.insert(arguments.end(), {"--channel-axis", "2"});
  run(arguments);
  EXPECT_EQ(values("y"), (Values{-.5, -4, -1.5, -8, -2.5, -12, 7, 8}));
  EXPECT_EQ(values("da"), (Values{-9, -12}));
  arguments.back() = "-3";
  run(arguments);
  EXPECT_EQ(values("y"), (Values{-.5, -1, -1.5, -2, -10, -12, 7, 8}));
}

TEST_F(RunTest, EmptyAndScalarArrays) {
  run({"gelu", "--in", "x=" + save("x", DataType::F32, {3, 0}, {}), "--out",
       out("y"), "--grad", "x=" + out("dx")});
  EXPECT_EQ(load("y").shape, (std::vector<int64_t>{3, 0}));
  EXPECT_EQ(load("dx").shape, (std::vector<int64_t>{3, 0}));
  run({"relu", "--in", "x=" + save("x", DataType::F32, {}, {3}), "--out",
       out("y")});
  EXPECT_EQ(load("y").shape, std::vector<int64_t>{});
  EXPECT_EQ(values("y"), Values{3});
}

TEST_F(RunTest, OutputOntoInput) {
  std::string x = save("x", {-1, 2});
  run({"relu", "--in", "x=" + x, "--out", x});
  EXPECT_EQ(values("x"), (Values{0, 2}));
}

TEST_F(RunTest, ThreadsDoNotChangeABit) {
  Values values(100003);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = std::sin(static_cast<double>(i)) * 5;
  std::string x = save("x", values);
  for (std::string threads : {"1", "2", "5"})
    run({"-e", "activation f(x; beta = 1.5) = x * sigmoid(beta * x)", "--in",
         "x=" + x, "--out", out("y" + threads), "--grad",
         "x=" + out("dx" + threads), "--grad", "beta=" + out("db" + threads),
         "--threads", threads});
  for (std::string name : {"y", "dx", "db"})
    for (std::string threads : {"2", "5"})
      EXPECT_EQ(load(name + "1").data, load(name + threads).data);
}

TEST_F(RunTest, WrongArraysAreBadInput) {
  std::string x = save("x", {1, 2, 3}), two = save("two", {1, 2}),
              wide = save("wide", DataType::F64, {3}, {1, 2, 3}),
              short16 = save("u2", DataType::BF16, {3}, {1, 2, 3});
  std::string y = out("y");
  auto with = [&](const std::string &gate) -> std::vector<std::string> {
    return {"-e",   product,        "--in",  "x=" + x,
            "--in", "gate=" + gate, "--out", y};
  };
  runBadly(1, "shape (2,)", with(two));
  runBadly(1, "'gate' is f64 but 'x' is f32", with(wide));
  runBadly(1, "--dtype bf16", with(short16));
  runBadly(1, "No such file", with(folder.path("missing.npy")));
  runBadly(1, "not an .npy file", with(folder.write("text.npy", "text")));
  std::vector<std::string> badDout = with(x);
  badDout.insert(badDout.end(), {"--dout", two, "--grad", "x=" + out("dx")});
  runBadly(1, "'dout' has shape (2,)", badDout);
  std::string matrix = save("m", DataType::F32, {1, 3}, {1, 2, 3});
  runBadly(1, "",
           {"-e", prelu, "--in", "x=" + matrix, "--param", "alpha=" + two,
            "--out", y});
  runBadly(
      1, "",
      {"-e", prelu, "--in", "x=" + matrix, "--channel-axis", "2", "--out", y});
  runBadly(1, "--dtype says",
           {"relu", "--in", "x=" + x, "--dtype", "f64", "--out", y});
  EXPECT_FALSE(std::filesystem::exists(y));
}

TEST_F(RunTest, WrongFlagsAreABadCommandLine) {
  std::string x = save("x", {1, 2, 3});
  std::string in = "x=" + x, y = out("y");
  runBadly(2, "", {"relu", "--in", in, "--out", y, "--frobnicate"});
  runBadly(2, "", {"relu", "--in", in, "--out"});
  runBadly(2, "", {"relu", "--in", in, "--out", y, "--math", "sloppy"});
  runBadly(2, "", {"relu", "--in", in, "--out", y, "--dtype", "int8"});
  runBadly(2, "no formula", {"--in", in, "--out", y});
  runBadly(2, "nothing to compute", {"relu", "--in", in});
  runBadly(2, "no input arrays", {"relu", "--out", y});
  runBadly(2, "NAME=VALUE", {"relu", "--in", x, "--out", y});
  runBadly(2, "it has: x", {"relu", "--in", "input=" + x, "--out", y});
  runBadly(2, "given twice", {"relu", "--in", in, "--in", in, "--out", y});
  runBadly(2, "'gate' has no array", {"-e", product, "--in", in, "--out", y});
  runBadly(2, "did you mean 'beta'?",
           {"-e", "activation f(x; beta = 1) = beta * x", "--in", in, "--param",
            "bta=2", "--out", y});
  runBadly(2, "has no value",
           {"-e", "activation f(x; beta) = beta * x", "--in", in, "--out", y});
  runBadly(2, "--dout needs", {"relu", "--in", in, "--out", y, "--dout", x});
  EXPECT_EQ(runActin({}).status, 2);
  EXPECT_EQ(runActin({"frobnicate"}).status, 2);
  EXPECT_EQ(runActin({"--help"}).status, 0);
  EXPECT_EQ(runActin({"run", "--help"}).status, 0);
}

TEST_F(RunTest, TargetsThatCannotBe) {
  std::string x = save("x", {1, 2, 3});
  runBadly(
      1, "",
      {"relu", "--in", "x=" + x, "--out", out("y"), "--target", "x86-64-v9"});
}

TEST_F(RunTest, EmitPrintsAStage) {
  for (auto [stage, part] :
       {std::pair("mlir", "func"), {"llvm", "define"}, {"asm", "ret"}}) {
    ProcessResult result =
        runActin({"run", "gelu", "--emit", stage, "--target", "x86-64-v3"});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_NE(result.out.find(part), std::string::npos) << stage;
  }
  ProcessResult gradient = runActin(
      {"run", "gelu", "--emit", "llvm", "--grad", "x", "--dtype", "f64"});
  EXPECT_EQ(gradient.status, 0) << gradient.err;
  EXPECT_NE(gradient.out.find("double"), std::string::npos);
}

TEST_F(RunTest, TimeAndJson) {
  std::string x = save("x", {1, 2, 3});
  ProcessResult result =
      runActin({"run", "gelu", "--in", "x=" + x, "--out", out("y"), "--time"});
  EXPECT_EQ(result.status, 0);
  for (std::string stage : {"parse", "run", "write", "total"})
    EXPECT_NE(result.out.find(stage), std::string::npos) << result.out;
  result = runActin(
      {"run", "gelu", "--in", "x=" + x, "--out", out("y"), "--time", "--json"});
  EXPECT_EQ(result.status, 0);
  EXPECT_NE(result.out.find("\"stage\": \"run\""), std::string::npos);
  EXPECT_NE(result.out.find("\"path\": \"" + out("y")), std::string::npos);
}

TEST_F(RunTest, FormulaFromEverywhere) {
  std::string x = save("x", {1, 2, 3}), in = "x=" + x, y = out("y");
  std::string two = "activation f(x) = 2 * x\nactivation g(x) = 3 * x\n";
  std::string file = folder.write("two.act", two);
  run({file + ":g", "--in", in, "--out", y});
  EXPECT_EQ(values("y"), (Values{3, 6, 9}));
  run({"-e", two, ":f", "--in", in, "--out", y});
  EXPECT_EQ(values("y"), (Values{2, 4, 6}));
  ProcessResult piped = runActin({"run", "-:g", "--in", in, "--out", y}, two);
  EXPECT_EQ(piped.status, 0) << piped.err;
  EXPECT_EQ(values("y"), (Values{3, 6, 9}));
  runBadly(2, "several activations: f, g", {file, "--in", in, "--out", y});
  runBadly(1, "has no activation 'h'", {file + ":h", "--in", in, "--out", y});
  runBadly(1, "there is no file",
           {folder.path("none.act"), "--in", in, "--out", y});
  runBadly(1, "did you mean 'gelu'?", {"gellu", "--in", in, "--out", y});
}

} // namespace
