// ConnectionPool: readers' connections, kept for the next reader. Thread-safe; outlives what it lends.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

#include "base/status.h"
#include "store/sqlite/connection.h"

namespace rappel::sqlite {

class ConnectionPool {
 public:
  ConnectionPool(std::filesystem::path file, int busy_ms) : file_(std::move(file)), busy_ms_(busy_ms) {}

  // A connection with no transaction open.
  Result<std::unique_ptr<Connection>> take() {
    {
      std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        auto connection = std::move(idle_.back());
        idle_.pop_back();
        return connection;
      }
    }
    return Connection::open(file_, busy_ms_);
  }

  // Ends its transaction; a connection on which that fails is closed.
  void give_back(std::unique_ptr<Connection> connection) {
    if (connection->in_transaction() && !connection->exec("ROLLBACK").ok()) return;
    std::lock_guard lock(mutex_);
    if (idle_.size() < kIdle) idle_.push_back(std::move(connection));
  }

 private:
  static constexpr std::size_t kIdle = 8;
  const std::filesystem::path file_;
  const int busy_ms_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;
};

// A loan that returns by itself.
class PooledConnection {
 public:
  PooledConnection(ConnectionPool& pool, std::unique_ptr<Connection> connection)
      : pool_(&pool), connection_(std::move(connection)) {}
  PooledConnection(PooledConnection&&) = default;
  ~PooledConnection() {
    if (connection_) pool_->give_back(std::move(connection_));
  }
  Connection& operator*() const { return *connection_; }

 private:
  ConnectionPool* pool_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace rappel::sqlite
