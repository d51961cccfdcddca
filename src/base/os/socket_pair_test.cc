#include "base/os/socket_pair.h"

#include <fcntl.h>
#include <gtest/gtest.h>

namespace rappel {
namespace {

TEST(SocketPair, MessagesArriveInOrderAndCarryDescriptors) {
  auto pair = open_socket_pair();
  ASSERT_TRUE(pair.ok());
  auto passed = open_socket_pair();
  ASSERT_TRUE(passed.ok());
  ASSERT_TRUE(send_message(pair->ours.get(), 'a'));
  ASSERT_TRUE(send_message(pair->ours.get(), 'b', passed->theirs.get()));
  passed->theirs = Fd(-1);
  auto first = receive_message(pair->theirs.get());
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->kind, 'a');
  EXPECT_LT(first->passed.get(), 0);
  auto second = receive_message(pair->theirs.get());
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->kind, 'b');
  ASSERT_GE(second->passed.get(), 0);
  ASSERT_EQ(::write(passed->ours.get(), "text", 4), 4);
  char text[8];
  EXPECT_EQ(::read(second->passed.get(), text, sizeof text), 4);
}

TEST(SocketPair, ClosedEndIsTold) {
  auto pair = open_socket_pair();
  ASSERT_TRUE(pair.ok());
  pair->theirs = Fd(-1);
  EXPECT_FALSE(send_message(pair->ours.get(), 'a'));
  EXPECT_FALSE(receive_message(pair->ours.get()).has_value());
}

TEST(SocketPair, StartedProgramsInheritNoEnd) {
  auto pair = open_socket_pair();
  auto passed = open_socket_pair();
  ASSERT_TRUE(pair.ok() && passed.ok());
  ASSERT_TRUE(send_message(pair->ours.get(), 'a', passed->theirs.get()));
  const auto message = receive_message(pair->theirs.get());
  ASSERT_TRUE(message.has_value());
  for (const int fd : {pair->ours.get(), pair->theirs.get(), message->passed.get()})
    EXPECT_NE(::fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
}

}  // namespace
}  // namespace rappel
