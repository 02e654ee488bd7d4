#include "observe/log.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace apiforge::observe {
namespace {

class LogTest : public testing::Test {
 protected:
  LogTest() { clock.set_wall(WallTime{std::chrono::milliseconds(1'795'341'600'123)}); }
  Log log(LogLevel level, LineFormat format = LineFormat::Text) {
    return {queue, clock, level, format, "NET"};
  }
  std::string only_line() {
    const auto lines = queue.take();
    EXPECT_EQ(lines.size(), 1u);
    return lines.empty() ? "" : lines.front();
  }

  SimulatedClock clock;
  LineQueue queue;
};

TEST_F(LogTest, writes_lines_in_the_form_of_the_calls) {
  log(LogLevel::Info).warning("endpoint ejected", {{"api", "binance"}, {"failures", "5"}});
  EXPECT_EQ(only_line(),
            "2026-11-22 10:00:00.123 WARNING NET endpoint ejected api=binance failures=5\n");
}

TEST_F(LogTest, cannot_be_made_to_write_a_second_line) {
  log(LogLevel::Info).info("bad\nmessage", {{"name", "x\ny=1"}, {"reason", "no such file"}});
  EXPECT_EQ(only_line(),
            "2026-11-22 10:00:00.123 INFO NET bad%0Amessage name=x%0Ay%3D1 "
            "reason=\"no such file\"\n");
}

TEST_F(LogTest, writes_json) {
  log(LogLevel::Info, LineFormat::Json).named("CORE").error("broken \"pipe\"", {{"errno", "32"}});
  const auto object = boost::json::parse(only_line()).as_object();
  EXPECT_EQ(object.at("level").as_string(), "ERROR");
  EXPECT_EQ(object.at("event").as_string(), "CORE");
  EXPECT_EQ(object.at("message").as_string(), "broken \"pipe\"");
  EXPECT_EQ(object.at("errno").as_string(), "32");
}

TEST_F(LogTest, leaves_out_what_is_below_its_level) {
  const Log quiet = log(LogLevel::Warning);
  quiet.debug("a");
  quiet.info("b");
  EXPECT_TRUE(queue.take().empty());
  quiet.warning("c");
  quiet.error("d");
  EXPECT_EQ(queue.take().size(), 2u);
  log(LogLevel::Off).error("e");
  EXPECT_TRUE(queue.take().empty());
}

TEST_F(LogTest, drops_and_counts_lines_when_nobody_takes_them) {
  const Log talkative = log(LogLevel::Debug);
  for (std::size_t i = 0; i < LineQueue::kMaxLines + 3; ++i) talkative.debug("again");
  EXPECT_EQ(queue.dropped(), 3u);
  EXPECT_EQ(queue.take().size(), LineQueue::kMaxLines);
}

TEST(LogSettingsTest, reads_levels_and_formats_in_any_case) {
  EXPECT_EQ(parse_log_level("warning").value(), LogLevel::Warning);
  EXPECT_EQ(parse_log_level("OFF").value(), LogLevel::Off);
  EXPECT_EQ(parse_log_level("loud").error().code, ErrorCode::InvalidConfiguration);
  EXPECT_EQ(parse_line_format("JSON").value(), LineFormat::Json);
  EXPECT_EQ(parse_line_format("xml").error().code, ErrorCode::InvalidConfiguration);
}

}  // namespace
}  // namespace apiforge::observe
