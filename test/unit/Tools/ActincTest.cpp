//===- ActincTest.cpp - Objects and headers for C programs ----------------===//
//
// A strict C program, linked with nothing but the object, gives the same bits
// as `actin run`.
//
//===----------------------------------------------------------------------===//

#include "Elements.h"
#include "Npy.h"
#include "Process.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

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
  ASSERT_EQ(result.out.size(), wanted.size() + 4);
  EXPECT_TRUE(result.out.substr(0, wanted.size()) == wanted);
  // The sum is added up in another order here: all but the last bits agree.
  Expected<NpyArray> sum = readNpy(npy("ds"));
  ASSERT_TRUE(sum.has_value());
  float got;
  std::memcpy(&got, &result.out[wanted.size()], sizeof(got));
  double exact = loadElement(sum->data.data(), DataType::F32);
  EXPECT_NEAR(got, exact, 1e-6 * std::fabs(exact));
}

TEST_F(ActincTest, HeaderIsCleanForEveryType) {
  for (std::string type : {"f32", "f64", "f16", "bf16"}) {
    expectSuccess(runProcess({ACTINC_COMMAND, "gelu", "--dtype", type, "-o",
                              folder.path("f.o"), "-h", folder.path("f.h")}));
    std::string source = folder.write(
        "use.c", "#include \"f.h\"\n#include \"f.h\"\nint unused;\n");
    expectSuccess(runProcess({ACTIN_C_COMPILER, "-std=c89", "-pedantic-errors",
                              "-Wall", "-Wno-unused-function", "-Werror", "-c",
                              source, "-o", folder.path("use.o")}));
  }
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
