//===- ActincTest.cpp - Objects and headers for C programs ----------------===//
//
// A strict C program, linked with nothing but the object, gives the same bits
// as `actin run`.
//
//===----------------------------------------------------------------------===//

#include "Npy.h"
#include "Process.h"

#include "actin/Elements.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace actin;
using namespace actin::test;
using namespace actin::tool;

namespace {

/// 20,001 elements: whole tiles and a tail.
const char *const program = R"(#include <stdio.h>
#include "f.h"
enum { count = 20001 };
static float x[count], g[count], d[count], y[count], dx[count], dg[count];
static int load(float *values, const char *name) {
  FILE *file = fopen(name, "rb");
  size_t done = file ? fread(values, sizeof(float), count, file) : 0;
  if (file) fclose(file);
  return done == count;
}
int main(int argc, char **argv) {
  float ds = 0;
  if (argc != 4 || !load(x, argv[1]) || !load(g, argv[2])) return 1;
  if (!load(d, argv[3])) return 1;
  f_fused(x, g, d, 1.25f, y, dx, dg, &ds, count);
  fwrite(y, sizeof(float), count, stdout);
  fwrite(dx, sizeof(float), count, stdout);
  fwrite(dg, sizeof(float), count, stdout);
  fwrite(&ds, sizeof(float), 1, stdout);
  return 0;
}
)";

const std::string formula =
    "activation f(x, gate; s = 2) = x * sigmoid(s * gate) + exp(-x**2)";

class ActincTest : public testing::Test {
protected:
  /// An array on disk, as .npy and as bare bytes; gives back the latter's path.
  std::string save(const std::string &name, double step) {
    NpyArray array = makeArray(DataType::F32, {20001});
    for (size_t i = 0; i < 20001; ++i)
      storeElement(&array.data[4 * i], DataType::F32,
                   4 * std::sin(step * static_cast<double>(i)));
    EXPECT_TRUE(writeNpy(folder.path(name + ".npy"), array).has_value());
    return folder.write(
        name, std::string(reinterpret_cast<const char *>(array.data.data()),
                          array.data.size()));
  }
  std::string npy(const std::string &name) {
    return folder.path(name + ".npy");
  }
  void expectSuccess(const ProcessResult &result) {
    ASSERT_EQ(result.status, 0) << result.err;
  }

  TemporaryFolder folder;
};

TEST_F(ActincTest, ACProgramGivesTheBitsOfRun) {
  std::string x = save("x", 0.1), g = save("g", 0.7), d = save("d", 1.3);
  expectSuccess(runProcess({ACTINC_COMMAND, "-e", formula, "--pass=fused", "-o",
                            folder.path("f.o"), "-h", folder.path("f.h")}));
  std::string source = folder.write("main.c", program);
  expectSuccess(runProcess({ACTIN_C_COMPILER, "-std=c89", "-pedantic-errors",
                            "-Wall", "-Wextra", "-Werror", source,
                            folder.path("f.o"), "-o", folder.path("main")}));
  ProcessResult result = runProcess({folder.path("main"), x, g, d});
  expectSuccess(result);
  expectSuccess(
      runActin({"run", "-e", formula, "--in", "x=" + npy("x"), "--in",
                "gate=" + npy("g"), "--dout", npy("d"), "--param", "s=1.25",
                "--out", npy("y"), "--grad", "x=" + npy("dx"), "--grad",
                "gate=" + npy("dg"), "--grad", "s=" + npy("ds")}));
  std::string wanted;
  for (std::string name : {"y", "dx", "dg"}) {
    Expected<NpyArray> array = readNpy(npy(name));
    ASSERT_TRUE(array.has_value());
    wanted.append(reinterpret_cast<const char *>(array->data.data()),
                  array->data.size());
  }
  // The sum too: the object adds up the same tiles in the same order.
  Expected<NpyArray> sum = readNpy(npy("ds"));
  ASSERT_TRUE(sum.has_value());
  wanted.append(reinterpret_cast<const char *>(sum->data.data()), 4);
  EXPECT_TRUE(result.out == wanted);
}

TEST_F(ActincTest, HeaderIsCleanForEveryType) {
  for (std::string type : {"f32", "f64", "f16", "bf16"}) {
    expectSuccess(runProcess({ACTINC_COMMAND, "gelu", "--dtype", type, "-o",
                              folder.path("f.o"), "-h", folder.path("f.h")}));
    std::string source = folder.write(
        "use.c", "#include \"f.h\"\n#include \"f.h\"\nint unused;\n");
    for (auto [language, standard] :
         {std::pair("c", "-std=c89"), {"c++", "-std=c++98"}})
      expectSuccess(
          runProcess({ACTIN_C_COMPILER, "-x", language, standard,
                      "-pedantic-errors", "-Wall", "-Wno-unused-function",
                      "-Werror", "-c", source, "-o", folder.path("use.o")}));
  }
}

/// Rows of several elements, rows of one, and a single channel.
const char *const channelProgram = R"(#include <stdio.h>
#include "f.h"
enum { most = 6000 };
static float x[most], d[most], dx[most], slopes[300], dslopes[300];
static double sums[300];
static int run(size_t outer, size_t channels, size_t inner) {
  size_t o, c, i;
  for (i = 0; i != outer * channels * inner; ++i) {
    x[i] = (float)((int)(i * 37 % 101) - 50) / 8;
    d[i] = (float)((int)(i * 11 % 17) - 8);
  }
  for (c = 0; c != channels; ++c) {
    slopes[c] = (float)c / 64;
    sums[c] = 0;
  }
  f_backward(x, d, slopes, dx, dslopes, outer, channels, inner);
  for (o = 0; o != outer; ++o)
    for (c = 0; c != channels; ++c)
      for (i = 0; i != inner; ++i) {
        size_t at = (o * channels + c) * inner + i;
        sums[c] += x[at] > 0 ? 0 : (double)d[at] * x[at];
        if (dx[at] != (x[at] > 0 ? d[at] : d[at] * slopes[c])) return 1;
      }
  for (c = 0; c != channels; ++c) /* Exact: few bits, and small. */
    if (dslopes[c] != (float)sums[c]) return 2;
  return 0;
}
int main(void) {
  static const size_t shapes[][3] = {{3, 5, 40}, {3, 300, 1}, {70, 65, 1},
    {20, 300, 1}, {1, 1, 6000}, {7, 1, 1}, {0, 5, 3}, {2, 0, 3}, {2, 3, 0}};
  size_t s;
  int status;
  for (s = 0; s != sizeof(shapes) / sizeof(shapes[0]); ++s)
    if ((status = run(shapes[s][0], shapes[s][1], shapes[s][2])) != 0) {
      printf("shape %lu: %d\n", (unsigned long)s, status);
      return 1;
    }
  return 0;
}
)";

TEST_F(ActincTest, ChannelsHaveParametersAndSumsOfTheirOwn) {
  for (std::string target : {"x86-64-v2", "native"}) {
    expectSuccess(
        runProcess({ACTINC_COMMAND, "-e",
                    "activation f(x; a[channel] = 1) = where(x > 0, x, a * x)",
                    "--pass=backward", "--target=" + target, "-o",
                    folder.path("f.o"), "-h", folder.path("f.h")}));
    std::string source = folder.write("channels.c", channelProgram);
    expectSuccess(
        runProcess({ACTIN_C_COMPILER, "-std=c89", "-pedantic-errors", "-Wall",
                    "-Wextra", "-Werror", source, folder.path("f.o"), "-o",
                    folder.path("channels")}));
    ProcessResult result = runProcess({folder.path("channels")});
    EXPECT_EQ(result.status, 0) << target << ": " << result.out;
  }
}

/// Which of the listed targets ran, counted from 1, and a result of it.
const char *variantProgram = R"(#include <stdio.h>
#include "f.h"
extern int actin_target;
int main(void) {
  float x[3] = {1, 2, 3}, y[3];
  f_forward(x, y, 3);
  printf("%d %g", actin_target, y[2]);
  return 0;
}
)";

class FatObjectTest : public ActincTest {
protected:
  /// False where a tool for it is not installed.
  bool build(const std::string &targets) {
    std::string object = folder.path("f.o");
    expectSuccess(runProcess({ACTINC_COMMAND, "-e", "activation f(x) = x * 2",
                              "--target=" + targets, "-o", object, "-h",
                              folder.path("f.h")}));
    if (runProcess({"/usr/bin/env", "objcopy",
                    "--globalize-symbol=actin_target", object})
            .status != 0)
      return false;
    std::string source = folder.write("main.c", variantProgram);
    expectSuccess(runProcess({ACTIN_C_COMPILER, "-static", source, object, "-o",
                              folder.path("main")}));
    return true;
  }
  std::string run() { return runProcess({folder.path("main")}).out; }
  std::string runOn(const std::string &cpu) {
    return runProcess({"/usr/bin/env", "qemu-x86_64", "-cpu", cpu,
                       folder.path("main")})
        .out;
  }
  static bool hasQemu() {
    return runProcess({"/usr/bin/env", "qemu-x86_64", "--version"}).status == 0;
  }
};

TEST_F(FatObjectTest, RunsTheLevelThatTheMachineHas) {
  if (!build("x86-64-v4,x86-64-v2,x86-64-v3"))
    GTEST_SKIP() << "objcopy is not installed";
  int best = 1 + __builtin_cpu_supports("x86-64-v3") +
             __builtin_cpu_supports("x86-64-v4");
  EXPECT_EQ(run(), std::to_string(best) + " 6");
  if (!hasQemu())
    GTEST_SKIP() << "qemu-x86_64 is not installed";
  for (auto [cpu, level] : {std::pair("Nehalem", "1"),
                            {"SandyBridge", "1"},
                            {"Haswell", "2"},
                            {"max,-xsave", "1"}})
    EXPECT_EQ(runOn(cpu), std::string(level) + " 6") << cpu;
}

TEST_F(FatObjectTest, RunsTheCpuThatTheMachineIs) {
  bool isHaswell = __builtin_cpu_supports("x86-64-v3");
  bool isSkylake = __builtin_cpu_supports("x86-64-v4");
  bool isCooperLake = isSkylake && __builtin_cpu_supports("avx512vnni") &&
                      __builtin_cpu_supports("avx512bf16");
  for (auto [cpu, isOfHost] : {std::pair("haswell", isHaswell),
                               {"skylake-avx512", isSkylake},
                               {"cooperlake", isCooperLake}}) {
    if (!build(std::string("x86-64-v2,") + cpu))
      GTEST_SKIP() << "objcopy is not installed";
    EXPECT_EQ(run(), isOfHost ? "2 6" : "1 6") << cpu;
    if (hasQemu()) {
      EXPECT_EQ(runOn("Nehalem"), "1 6") << cpu;
      EXPECT_EQ(runOn("Haswell"), cpu == std::string("haswell") ? "2 6" : "1 6")
          << cpu;
    }
  }
}

/// Whatever the host is, it runs a variant that it can.
TEST_F(FatObjectTest, IsMadeForEveryMaker) {
  for (std::string cpu : {"sapphirerapids", "lunarlake", "bdver4", "znver5"}) {
    if (!build("x86-64-v2," + cpu))
      GTEST_SKIP() << "objcopy is not installed";
    EXPECT_TRUE(run() == "1 6" || run() == "2 6") << cpu << ": " << run();
    if (hasQemu())
      EXPECT_EQ(runOn("Nehalem"), "1 6") << cpu;
  }
}

TEST_F(ActincTest, ObjectsReferToNothingAndAreReproducible) {
  for (std::string target :
       {"x86-64-v2", "x86-64-v2,x86-64-v4", "neon,sve", "arm64-apple-macos"})
    for (std::string level : {"0", "2"}) {
      auto make = [&](const std::string &name) {
        expectSuccess(
            runProcess({ACTINC_COMMAND, "gelu", "prelu", "siren",
                        "--pass=forward,fused", "--dtype=f16", "-O", level,
                        "--target=" + target, "-o", folder.path(name)}));
        return readFile(folder.path(name));
      };
      EXPECT_TRUE(make("a.o") == make("b.o")) << target;
      ProcessResult names = runProcess({ACTIN_NM, "-u", folder.path("a.o")});
      expectSuccess(names);
      EXPECT_EQ(names.out.find_first_not_of(" \n"), std::string::npos)
          << names.out;
    }
}

TEST_F(ActincTest, AllActivationsOfAFileGoIntoOneObject) {
  std::string file =
      folder.write("two things.act",
                   "activation one(x) = x + 1\nactivation two(x) = x + 2\n");
  std::string object = folder.path("two.o");
  expectSuccess(runProcess({ACTINC_COMMAND, file, "relu", "--prefix=my_", "-o",
                            object, "-h", folder.path("two.hpp"), "-MD"}));
  std::string header = readFile(folder.path("two.hpp"));
  for (const char *name :
       {"my_one_forward", "my_two_forward", "my_relu_forward"})
    EXPECT_NE(header.find(name), std::string::npos);
  std::string rule = readFile(folder.path("two.d"));
  EXPECT_TRUE(rule.ends_with("two\\ things.act\n")) << rule;
  EXPECT_TRUE(rule.starts_with(object + " ")) << rule;
  ProcessResult text = runProcess({ACTINC_COMMAND, "-", "--emit=asm",
                                   "--target=aarch64-linux-gnu", "-o", "-"},
                                  "activation f(x) = x");
  expectSuccess(text);
  EXPECT_NE(text.out.find("f_forward:"), std::string::npos);
}

TEST_F(ActincTest, FaultsLeaveNoFile) {
  std::string object = folder.path("f.o"), header = folder.path("f.h");
  auto expectFault = [&](std::vector<std::string> flags, const char *what) {
    std::vector<std::string> command = {ACTINC_COMMAND, "gelu", "-h", header};
    command.insert(command.end(), flags.begin(), flags.end());
    ProcessResult result = runProcess(command);
    EXPECT_EQ(result.status, 1) << what;
    EXPECT_TRUE(result.err.starts_with("actinc: error: ")) << result.err;
    EXPECT_NE(result.err.find(what), std::string::npos) << result.err;
    for (const auto &left : std::filesystem::directory_iterator(
             std::filesystem::path(object).parent_path()))
      ADD_FAILURE() << left.path() << " was left by: " << what;
  };
  expectFault({"-o", object, "--target=aarch64-lynux-gnu"}, "unknown system");
  expectFault({"-o", object, "--target=aarch64-linux-gnu", "-mcpu=cortex-a0"},
              "unknown CPU 'cortex-a0'");
  expectFault({"-o", object, "--target=neon", "-mattr=+warp"},
              "unknown feature 'warp'");
  expectFault({"-o", object, "--target=neon,x86-64-v2"}, "one object");
  expectFault({"-o", object, "--target=x86-64-v2,x86-64-v2"}, "listed twice");
  expectFault({"-o", "/dev/full"}, "No space left on device");
  expectFault({"-o", folder.path("none/f.o")}, "No such file or directory");
  expectFault({"-o", object, "-MF", "/dev/full"}, "No space left on device");
  expectFault({"-o", object, "--emit=ptx", "--target=x86-64-v2"}, "PTX is for");
  expectFault({"gelu", "-o", object}, "two functions are called");
}

TEST_F(ActincTest, ErrorsHaveTheStatusesOfActin) {
  std::string object = folder.path("f.o");
  EXPECT_EQ(runProcess({ACTINC_COMMAND, "gelu"}).status, 2);
  EXPECT_EQ(
      runProcess({ACTINC_COMMAND, "gelu", "-o", object, "--pass=up"}).status,
      2);
  EXPECT_EQ(
      runProcess({ACTINC_COMMAND, "gelu", "-o", object, "--name=a-b"}).status,
      2);
  ProcessResult broken =
      runProcess({ACTINC_COMMAND, "-e", "activation f(x) = x +", "-o", object});
  EXPECT_EQ(broken.status, 1);
  EXPECT_NE(broken.err.find("<expression>:1:"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(object));
}

} // namespace
