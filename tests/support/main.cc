// The main of every test binary. Random tests take their seed from gtest's, which is printed here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdio>

#include "storage/base/log.h"

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  std::signal(SIGPIPE, SIG_IGN);
  suyuan::log::SetQuiet(true);
  const int result = RUN_ALL_TESTS();
  if (result != 0)
    std::printf("random seed: %d\n", testing::UnitTest::GetInstance()->random_seed());
  return result;
}
