//===- NpyTest.cpp - .npy files, good and hostile -------------------------===//

#include "Npy.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>

#include <unistd.h>

namespace fs = std::filesystem;
using namespace actin;
using namespace actin::tool;

namespace {

class NpyTest : public testing::Test {
protected:
  void SetUp() override {
    folder =
        fs::temp_directory_path() / ("actin-npy-" + std::to_string(::getpid()));
    fs::create_directories(folder);
  }
  void TearDown() override { fs::remove_all(folder); }

  std::string path(const char *name) { return (folder / name).string(); }

  std::string write(const std::string &bytes) {
    std::string name = path("given.npy");
    std::ofstream(name, std::ios::binary) << bytes;
    return name;
  }

  static std::string file(std::string dictionary, size_t numBytes) {
    std::string bytes("\x93NUMPY\x01\x00", 8);
    bytes += static_cast<char>(dictionary.size() & 0xff);
    bytes += static_cast<char>(dictionary.size() >> 8);
    return bytes + dictionary + std::string(numBytes, '\1');
  }

  /// The message of reading a file of these bytes; empty if it can be read.
  std::string readError(const std::string &bytes) {
    Expected<NpyArray> array = readNpy(write(bytes));
    return array ? "" : array.error().front().message;
  }

  fs::path folder;
};

std::string headerError(const std::string &dictionary) {
  Expected<NpyHeader> header = parseNpyHeader(dictionary);
  return header ? "" : header.error().front().message;
}

TEST_F(NpyTest, RoundTripKeepsEveryTypeAndShape) {
  for (DataType type :
       {DataType::F32, DataType::F64, DataType::F16, DataType::BF16})
    for (std::vector<int64_t> shape : std::vector<std::vector<int64_t>>{
             {}, {0}, {1}, {7}, {2, 3}, {4, 0, 5}, {2, 3, 4, 5}}) {
      NpyArray array = makeArray(type, shape);
      for (size_t i = 0; i < array.data.size(); ++i)
        array.data[i] = static_cast<std::byte>(i * 37);
      ASSERT_TRUE(writeNpy(path("a.npy"), array).has_value());
      Expected<NpyArray> again = readNpy(path("a.npy"));
      ASSERT_TRUE(again.has_value()) << again.error().front().message;
      EXPECT_EQ(again->type, type);
      EXPECT_EQ(again->shape, shape);
      EXPECT_EQ(again->data, array.data);
      EXPECT_EQ(fs::file_size(path("a.npy")) % 64, array.data.size() % 64);
    }
}

TEST_F(NpyTest, HeaderIsWhatNumPyWrites) {
  EXPECT_EQ(formatNpyHeader(DataType::F32, {3}).substr(10, 57),
            "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }");
  EXPECT_NE(formatNpyHeader(DataType::F64, {2, 3}).find("(2, 3), }"),
            std::string::npos);
  EXPECT_NE(formatNpyHeader(DataType::F64, {}).find("'shape': (), }"),
            std::string::npos);
}

TEST_F(NpyTest, KeysMayComeInAnyOrderAndQuotes) {
  Expected<NpyHeader> header = parseNpyHeader(
      "{\"shape\":(2L, 5L), 'descr' : '<f8' ,'fortran_order':False}\n");
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->type, DataType::F64);
  EXPECT_EQ(header->shape, (std::vector<int64_t>{2, 5}));
  EXPECT_EQ(header->numBytes, 80);
}

TEST_F(NpyTest, FortranOrderIsRefusedOnlyWhereItMatters) {
  EXPECT_NE(headerError("{'descr': '<f4', 'fortran_order': True, "
                        "'shape': (2, 3), }")
                .find("Fortran"),
            std::string::npos);
  EXPECT_EQ(headerError("{'descr': '<f4', 'fortran_order': True, "
                        "'shape': (1, 3, 1), }"),
            "");
}

TEST_F(NpyTest, OtherTypesAreNamed) {
  for (const char *type : {"<i8", ">f4", "|b1", "<c8", "|O", ""})
    EXPECT_NE(headerError(std::string("{'descr': '") + type +
                          "', 'fortran_order': False, 'shape': (3,), }")
                  .find(std::string("'") + type + "'"),
              std::string::npos)
        << type;
  EXPECT_NE(headerError("{'descr': [('a', '<f4')], 'fortran_order': False, "
                        "'shape': (3,), }")
                .find("records"),
            std::string::npos);
}

TEST_F(NpyTest, MalformedHeadersAreErrors) {
  const std::string begin =
      "{'descr': '<f4', 'fortran_order': False, 'shape': ";
  for (std::string rest :
       {"(3,)", "(3", "(3,,4)}", "(-1,)}", "3}", "(3.5,)}", "(3,)} x",
        "(99999999999999999999,)}", "(3 4)}", "None}", "(0x3,)}"})
    EXPECT_NE(headerError(begin + rest), "") << rest;
  for (std::string text :
       {"", " ", "{", "}", "{}", "{'descr': '<f4'}", "{'descr': '<f4}",
        "{'other': 1}", "{'descr' '<f4'}"})
    EXPECT_NE(headerError(text), "") << text;
  std::string deep = begin + "(";
  for (int i = 0; i < 65; ++i)
    deep += "1,";
  EXPECT_NE(headerError(deep + ")}"), "");
}

TEST_F(NpyTest, HugeShapesAreErrors) {
  const std::string begin =
      "{'descr': '<f4', 'fortran_order': False, 'shape': ";
  EXPECT_NE(headerError(begin + "(4611686018427387904,)}"), "");
  EXPECT_NE(headerError(begin + "(4294967296, 4294967296, 4294967296)}"), "");
  EXPECT_NE(headerError(begin + "(0, 4611686018427387904, 64)}"), "");
}

TEST_F(NpyTest, SizesAreCheckedAgainstTheFile) {
  const std::string three = "{'descr': '<f4', 'fortran_order': False, "
                            "'shape': (3,), }";
  EXPECT_EQ(readError(file(three, 12)), "");
  EXPECT_NE(readError(file(three, 11)).find("only 11"), std::string::npos);
  EXPECT_NE(readError(file(three, 13)).find("more"), std::string::npos);
  // Were the promise believed, this would ask for 2^60 bytes.
  EXPECT_NE(readError(file("{'descr': '<f4', 'fortran_order': False, "
                           "'shape': (288230376151711744,), }",
                           12))
                .find("only 12"),
            std::string::npos);
}

TEST_F(NpyTest, OtherFilesAreErrors) {
  EXPECT_NE(readError(""), "");
  EXPECT_NE(readError("\x93NUMP"), "");
  EXPECT_NE(readError(std::string("\x93NUMPY\x09\x00\x10\x00", 10)), "");
  EXPECT_NE(readError(std::string("\x93NUMPY\x02\x00\xff\xff\xff\xff", 12)),
            "");
  EXPECT_NE(readError(std::string("\x93NUMPY\x01\x00\xff\xff", 10)), "");
  EXPECT_FALSE(readNpy(path("missing.npy")).has_value());
  EXPECT_FALSE(readNpy(folder.string()).has_value());
}

TEST_F(NpyTest, VersionsTwoAndThreeHaveALongLength) {
  std::string dictionary = "{'descr': '<f4', 'fortran_order': False, "
                           "'shape': (2,), }\n";
  for (char version : {'\2', '\3'}) {
    std::string bytes = std::string("\x93NUMPY") + version + '\0';
    bytes += static_cast<char>(dictionary.size());
    bytes += std::string(3, '\0') + dictionary + std::string(8, '\1');
    EXPECT_EQ(readError(bytes), "");
  }
}

TEST_F(NpyTest, MutatedFilesNeverCrash) {
  std::string good =
      formatNpyHeader(DataType::F32, {2, 3}) + std::string(24, '\1');
  std::mt19937 generator(7);
  int numErrors = 0;
  for (int round = 0; round < 2000; ++round) {
    std::string bytes = good;
    for (unsigned i = 0; i < 1 + generator() % 4; ++i)
      bytes[generator() % 80] = static_cast<char>(generator());
    bytes.resize(bytes.size() - generator() % 3);
    numErrors += readError(bytes) != "";
  }
  EXPECT_GT(numErrors, 1000);
}

TEST_F(NpyTest, WritingReplacesAFileAndLeavesNothingElse) {
  NpyArray array = makeArray(DataType::F32, {3});
  ASSERT_TRUE(writeNpy(path("a.npy"), array).has_value());
  fs::create_symlink(path("a.npy"), path("link.npy"));
  array = makeArray(DataType::F64, {5});
  ASSERT_TRUE(writeNpy(path("link.npy"), array).has_value());
  EXPECT_TRUE(fs::is_symlink(path("link.npy")));
  EXPECT_EQ(readNpy(path("a.npy"))->shape, std::vector<int64_t>{5});
  size_t numFiles = 0;
  for ([[maybe_unused]] const auto &entry : fs::directory_iterator(folder))
    ++numFiles;
  EXPECT_EQ(numFiles, 2u);
}

TEST_F(NpyTest, ADeviceIsWrittenNotReplaced) {
  ASSERT_TRUE(writeNpy("/dev/null", makeArray(DataType::F32, {3})).has_value());
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST_F(NpyTest, AFailedWriteIsAnError) {
  NpyArray array = makeArray(DataType::F32, {3});
  EXPECT_FALSE(writeNpy(path("no/such/folder.npy"), array).has_value());
  EXPECT_FALSE(writeNpy("/dev/full", array).has_value());
}

} // namespace
