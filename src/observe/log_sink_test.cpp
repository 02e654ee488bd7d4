#include "observe/log_sink.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <sstream>

#include "observe/log_thread.hpp"

namespace apiforge::observe {
namespace {

namespace fs = std::filesystem;

class LogSinkTest : public testing::Test {
 protected:
  LogSinkTest() {
    std::string name = (fs::temp_directory_path() / "apiforge-log-XXXXXX").string();
    folder = mkdtemp(name.data());
    settings.file.path = folder / "logs" / "api_factory.log";
    settings.level = LogLevel::Info;
  }
  ~LogSinkTest() override { fs::remove_all(folder); }

  void given_a_sink() {
    auto opened = LogSink::open(settings, clock);
    ASSERT_TRUE(opened) << opened.error().detail;
    sink = std::move(*opened);
    writer = sink->add_writer(cells);
  }
  void call(std::string_view api) {
    CallRecord record;
    record.api = api;
    writer->append(record, clock.wall());
    writer->flush();
  }
  std::string file(const std::string& name = "api_factory.log") const {
    std::ifstream stream(folder / "logs" / name);
    return (std::ostringstream() << stream.rdbuf()).str();
  }
  bool file_has(std::string_view text) const { return file().find(text) != std::string::npos; }

  fs::path folder;
  LogSettings settings;
  SimulatedClock clock;
  std::shared_ptr<WorkerCells> cells = std::make_shared<WorkerCells>();
  std::unique_ptr<LogSink> sink;
  std::shared_ptr<CallLogWriter> writer;
};

TEST_F(LogSinkTest, creates_the_folder_and_writes_calls_and_messages) {
  given_a_sink();
  call("binance");
  sink->log("CORE").info("ready", {{"port", "8000"}});
  sink->drain();
  EXPECT_TRUE(file_has(" INFO API_CALL binance status="));
  EXPECT_TRUE(file_has(" INFO CORE ready port=8000\n"));
}

TEST_F(LogSinkTest, writes_calls_at_every_level_but_off) {
  settings.level = LogLevel::Error;
  given_a_sink();
  call("binance");
  sink->log("CORE").warning("unheard");
  sink->drain();
  EXPECT_TRUE(file_has("API_CALL binance"));
  EXPECT_FALSE(file_has("unheard"));

  settings.level = LogLevel::Off;
  given_a_sink();
  call("openai");
  sink->drain();
  EXPECT_FALSE(file_has("openai"));
}

TEST_F(LogSinkTest, begins_a_new_file_when_one_is_full_and_keeps_only_some) {
  settings.file.max_bytes = 300;
  settings.file.max_files = 2;
  given_a_sink();
  for (const auto* api : {"first", "second", "third", "fourth", "fifth"}) {
    call(api);
    call(api);
    sink->drain();
  }
  EXPECT_TRUE(file_has("fifth"));
  EXPECT_NE(file("api_factory.1.log"), "");
  EXPECT_NE(file("api_factory.2.log"), "");
  EXPECT_FALSE(fs::exists(folder / "logs" / "api_factory.3.log"));
}

TEST_F(LogSinkTest, opens_the_file_anew_when_logrotate_moved_it) {
  given_a_sink();
  call("before");
  sink->drain();
  fs::rename(settings.file.path, folder / "logs" / "moved.log");
  sink->request_reopen();
  call("after");
  sink->drain();
  EXPECT_TRUE(file_has("after"));
  EXPECT_FALSE(file_has("before"));
  EXPECT_NE(file("moved.log").find("before"), std::string::npos);
}

TEST_F(LogSinkTest, does_not_glue_a_line_to_one_that_was_cut) {
  fs::create_directories(folder / "logs");
  std::ofstream(settings.file.path) << "2026-11-22 10:0";
  given_a_sink();
  call("binance");
  sink->drain();
  EXPECT_TRUE(file_has("2026-11-22 10:0\n20"));
}

TEST_F(LogSinkTest, survives_a_full_disk_and_says_how_much_was_lost) {
  fs::create_directories(folder / "logs");
  fs::create_symlink("/dev/full", settings.file.path);
  given_a_sink();
  testing::internal::CaptureStderr();
  for (int i = 0; i < 3; ++i) {
    call("lost");
    sink->drain();
  }
  const std::string told = testing::internal::GetCapturedStderr();
  EXPECT_EQ(told.find("cannot be written"), told.rfind("cannot be written")) << "told once";
  EXPECT_NE(told.find("cannot be written"), std::string::npos);
  EXPECT_EQ(sink->lost_lines(), 3u);

  fs::remove(settings.file.path);  // there is room again
  call("kept");
  sink->drain();
  sink->drain();
  EXPECT_TRUE(file_has("API_CALL kept"));
  EXPECT_TRUE(file_has(" ERROR LOG log lines lost count=3\n"));
}

TEST_F(LogSinkTest, tells_of_dropped_lines_at_most_once_a_second) {
  given_a_sink();
  const auto overrun = [&] {
    for (std::size_t i = 0; i <= CallLogWriter::kChunks; ++i) call("a");
    sink->drain();
    sink->drain();
  };
  overrun();
  EXPECT_TRUE(file_has("log lines lost count=1"));
  overrun();
  overrun();
  EXPECT_FALSE(file_has("log lines lost count=2"));
  clock.advance(std::chrono::seconds(1));
  sink->drain();
  sink->drain();
  EXPECT_TRUE(file_has("log lines lost count=2"));
}

TEST_F(LogSinkTest, refuses_a_file_that_cannot_be_opened) {
  settings.file.path = folder;  // a folder, not a file
  const auto opened = LogSink::open(settings, clock);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::InvalidConfiguration);
  EXPECT_NE(opened.error().detail.find(folder.string()), std::string::npos);
}

TEST_F(LogSinkTest, echoes_to_stderr_in_development) {
  settings.echo = true;
  settings.file.path.clear();
  given_a_sink();
  testing::internal::CaptureStderr();
  call("binance");
  sink->drain();
  EXPECT_NE(testing::internal::GetCapturedStderr().find("API_CALL binance"), std::string::npos);
}

TEST_F(LogSinkTest, writes_what_the_workers_left_when_the_log_thread_ends) {
  given_a_sink();
  {
    LogThread thread(*sink);
    CallRecord record;
    record.api = "unflushed";
    writer->append(record, clock.wall());
  }
  EXPECT_TRUE(file_has("API_CALL unflushed"));
}

}  // namespace
}  // namespace apiforge::observe
