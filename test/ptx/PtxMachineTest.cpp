//===- PtxMachineTest.cpp - The interpreter refuses what is wrong ---------===//

#include "PtxMachine.h"
#include "PtxOperations.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

using namespace actin::test;

namespace {

/// A kernel of two pointers with that body.
std::string kernelOf(const std::string &body) {
  return ".version 7.8\n.target sm_90\n.address_size 64\n"
         "// a comment\n"
         ".visible .entry k(\n\t.param .u64 .ptr .global .align 1 k_param_0,\n"
         "\t.param .u64 k_param_1\n)\n.maxntid 64\n{\n"
         "\t.reg .b32 %r<9>;\n\t.shared .align 8 .b8 sums[256];\n" +
         body + "\tret;\n}\n";
}

/// What a launch of that body throws; "" where it ends well.
std::string faultOf(const std::string &body, unsigned threads = 32) {
  PtxMemory memory;
  uint64_t block = memory.allocate(256);
  try {
    PtxMachine machine(kernelOf(body), memory);
    machine.launch("k", 1, threads, {block, 5});
    return "";
  } catch (const PtxError &error) {
    return error.what();
  }
}

const char *const loadPointer = "\tld.param.b64 %rd1, [k_param_0];\n";

TEST(PtxMachineTest, RunsEveryThreadOfEveryBlock) {
  PtxMemory memory;
  uint64_t block = memory.allocate(4 * 128);
  PtxMachine machine(kernelOf(std::string(loadPointer) +
                              "\tmov.u32 %r1, %ctaid.x;\n"
                              "\tmov.u32 %r2, %tid.x;\n"
                              "\tmov.u32 %r3, %ntid.x;\n"
                              "\tmad.lo.s32 %r4, %r1, %r3, %r2;\n"
                              "\tmul.wide.u32 %rd2, %r4, 4;\n"
                              "\tadd.s64 %rd3, %rd1, %rd2;\n"
                              "\tst.global.b32 [%rd3], %r4;\n"),
                     memory);
  machine.launch("k", 2, 64, {block, 0});
  for (uint32_t i = 0; i != 128; ++i) {
    uint32_t value;
    memory.read(block + 4 * i, &value, 4);
    EXPECT_EQ(value, i);
  }
}

TEST(PtxMachineTest, ShufflesExchangeAndBarriersWait) {
  // Each warp's first thread leaves its number's partner in shared memory;
  // after the barrier everybody reads the other warp's.
  PtxMemory memory;
  uint64_t block = memory.allocate(4 * 64);
  PtxMachine machine(kernelOf(std::string(loadPointer) +
                              "\tmov.u32 %r1, %tid.x;\n"
                              "\tshfl.sync.bfly.b32 %r2, %r1, 16, "
                              "31, -1;\n"
                              "\tshr.u32 %r3, %r1, 5;\n"
                              "\tmul.wide.u32 %rd2, %r3, 4;\n"
                              "\tmov.b64 %rd3, sums;\n"
                              "\tadd.s64 %rd4, %rd3, %rd2;\n"
                              "\tand.b32 %r4, %r1, 31;\n"
                              "\tsetp.ne.b32 %p1, %r4, 0;\n"
                              "\t@%p1 bra $L1;\n"
                              "\tst.shared.b32 [%rd4], %r2;\n"
                              "$L1:\n"
                              "\tbar.sync 0;\n"
                              "\txor.b64 %rd5, %rd4, 4;\n"
                              "\tld.shared.b32 %r5, [%rd5];\n"
                              "\tmul.wide.u32 %rd6, %r1, 4;\n"
                              "\tadd.s64 %rd7, %rd1, %rd6;\n"
                              "\tst.global.b32 [%rd7], %r5;\n"),
                     memory);
  machine.launch("k", 1, 64, {block, 0});
  uint32_t first, last;
  memory.read(block, &first, 4);
  memory.read(block + 4 * 63, &last, 4);
  EXPECT_EQ(first, 48u);
  EXPECT_EQ(last, 16u);
}

TEST(PtxMachineTest, UnknownInstructionsAreRefused) {
  for (const char *body :
       {"\tex2.approx.f32 %r1, %r2;\n", "\tadd.ftz.f32 %r1, %r2, %r3;\n",
        "\tadd.f32 %r1, %r2, %r3;\n",
        "\tatom.global.add.f64 %rd1, [%rd2], 1;\n",
        "\tshfl.sync.down.b32 %r1, %r2, 1, 31, -1;\n",
        "\tshfl.sync.bfly.b32 %r1, %r2, 1, 31, 15;\n", "\tbar.sync 1;\n",
        "\tld.global.nc.b32 %r1, [%rd1];\n", "\tld.const.b32 %r1, [%rd1];\n",
        "\tbra $nowhere;\n", "\tmov.u32 %r1, %laneid;\n",
        "\tfma.rn.f32 %r1, %r2, %r3;\n"})
    EXPECT_NE(faultOf(body), "") << body;
}

TEST(PtxMachineTest, AccessesStayInTheirBlocks) {
  std::string pointer = loadPointer;
  EXPECT_EQ(faultOf(pointer + "\tld.global.b32 %r1, [%rd1+252];\n"), "");
  EXPECT_NE(faultOf(pointer + "\tld.global.b32 %r1, [%rd1+256];\n"), "");
  EXPECT_NE(faultOf(pointer + "\tst.global.b32 [%rd1+256], %r1;\n"), "");
  EXPECT_NE(faultOf(pointer + "\tst.global.v4.b32 [%rd1+244], "
                              "{%r1, %r1, %r1, %r1};\n"),
            "");
  EXPECT_NE(faultOf(pointer + "\tadd.s64 %rd2, %rd1, -4;\n"
                              "\tld.global.b32 %r1, [%rd2];\n"),
            "");
  EXPECT_NE(faultOf("\tld.shared.b32 %r1, [sums+256];\n"), "");
}

TEST(PtxMachineTest, AccessesAreAligned) {
  std::string pointer = loadPointer;
  EXPECT_NE(faultOf(pointer + "\tld.global.b32 %r1, [%rd1+2];\n"), "");
  EXPECT_NE(faultOf(pointer + "\tld.global.v4.b32 {%r1, %r2, %r3, %r4}, "
                              "[%rd1+8];\n"),
            "");
}

TEST(PtxMachineTest, LanesMustMeet) {
  std::string half = "\tmov.u32 %r1, %tid.x;\n"
                     "\tsetp.lt.u32 %p1, %r1, 16;\n";
  EXPECT_NE(faultOf(half + "\t@%p1 bra $L1;\n"
                           "\tshfl.sync.bfly.b32 %r2, %r1, 1, 31, -1;\n"
                           "$L1:\n"),
            "");
  EXPECT_NE(faultOf("\tmov.u32 %r1, %tid.x;\n"
                    "\tsetp.lt.u32 %p1, %r1, 32;\n"
                    "\t@%p1 bra $L1;\n\tbar.sync 0;\n$L1:\n",
                    64),
            "");
  EXPECT_NE(faultOf("$L1:\n\tbra $L1;\n"), "");
}

TEST(PtxMachineTest, LaunchesAreChecked) {
  PtxMemory memory;
  PtxMachine machine(kernelOf(""), memory);
  EXPECT_THROW(machine.launch("other", 1, 32, {0, 0}), PtxError);
  EXPECT_THROW(machine.launch("k", 1, 32, {0}), PtxError);
  EXPECT_THROW(machine.launch("k", 1, 96, {0, 0}), PtxError);
  EXPECT_THROW(machine.launch("k", 1, 33, {0, 0}), PtxError);
  EXPECT_NO_THROW(machine.launch("k", 1, 64, {0, 0}));
}

uint64_t compute(const char *opcode, uint64_t a, uint64_t b = 0,
                 uint64_t c = 0) {
  const PtxOperation *operation = findPtxOperation(opcode);
  EXPECT_NE(operation, nullptr) << opcode;
  return operation ? operation->compute(a, b, c) : 0;
}

uint64_t bits(float value) { return std::bit_cast<uint32_t>(value); }

TEST(PtxOperationsTest, FloatsRoundOnceAndKeepSubnormals) {
  EXPECT_EQ(compute("add.rn.f32", bits(1.0f), bits(0x1p-24f)), bits(1.0f));
  EXPECT_EQ(compute("mul.rn.f32", bits(0x1p-100f), bits(0x1p-40f)),
            bits(0x1p-140f));
  EXPECT_EQ(compute("fma.rn.f32", bits(0x1.000002p0f), bits(0x1.000002p0f),
                    bits(-0x1.000004p0f)),
            bits(0x1p-46f));
  EXPECT_EQ(compute("cvt.rni.f32.f32", bits(2.5f)), bits(2.0f));
  EXPECT_EQ(compute("min.f32", bits(NAN), bits(3.0f)), bits(3.0f));
  EXPECT_EQ(compute("min.f32", bits(-0.0f), bits(0.0f)), bits(-0.0f));
  EXPECT_EQ(compute("max.NaN.f32", bits(NAN), bits(3.0f)), 0x7fffffffu);
  EXPECT_EQ(compute("setp.lt.f32", bits(NAN), bits(3.0f)), 0u);
  EXPECT_EQ(compute("setp.ltu.f32", bits(NAN), bits(3.0f)), 1u);
  EXPECT_EQ(compute("fma.rn.f32x2", bits(2) | bits(3) << 32,
                    bits(5) | bits(7) << 32, bits(1) | bits(1) << 32),
            bits(11) | bits(22) << 32);
}

TEST(PtxOperationsTest, NarrowFormatsRoundToEven) {
  EXPECT_EQ(compute("cvt.rn.f16.f32", bits(65520.0f)), 0x7c00u);
  EXPECT_EQ(compute("cvt.rn.f16.f32", bits(0x1p-25f)), 0u);
  EXPECT_EQ(compute("cvt.rn.bf16.f32", bits(0x1.01p0f)), 0x3f80u);
  EXPECT_EQ(compute("cvt.rn.bf16.f32", bits(0x1.03p0f)), 0x3f82u);
  EXPECT_EQ(compute("cvt.rn.f16x2.f32", bits(1.0f), bits(2.0f)), 0x3c004000u);
  EXPECT_EQ(compute("cvt.f32.f16", 0x0001), bits(0x1p-24f));
}

TEST(PtxOperationsTest, IntegersWrapAndShiftsSaturate) {
  EXPECT_EQ(compute("add.s32", 0xffffffff, 1), 0u);
  EXPECT_EQ(compute("shl.b32", 1, 32), 0u);
  EXPECT_EQ(compute("shr.u32", 0x80000000, 40), 0u);
  EXPECT_EQ(compute("shr.s32", 0x80000000, 40), 0xffffffffu);
  EXPECT_EQ(compute("mul.wide.s32", 0xffffffff, 2), uint64_t(-2));
  EXPECT_EQ(compute("bfe.u32", 0xabcd1234, 16, 8), 0xcdu);
  EXPECT_EQ(compute("bfe.s64", 0x80, 7, 1), uint64_t(-1));
  EXPECT_EQ(compute("bfe.s32", 0x12345678, 28, 8), 1u);
  EXPECT_EQ(compute("prmt.b32", 0x33221100, 0x77665544, 0x7610), 0x77661100u);
  EXPECT_EQ(compute("cvt.rzi.s32.f32", bits(3e9f)), 0x7fffffffu);
  EXPECT_EQ(compute("copysign.f32", bits(-1.0f), bits(2.0f)), bits(-2.0f));
}

} // namespace
