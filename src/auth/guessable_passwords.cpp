#include "auth/guessable_passwords.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.hpp"

namespace apiforge::auth {
namespace {

// Words that people make passwords of, in lower case and sorted: the word password in several
// languages, greetings, names of people, teams, animals, brands, games, and the beginnings of rows
// of keys.
constexpr std::array<std::string_view, 292> kWords{
    "abc",         "abcd",       "abcde",         "abcdef",     "access",       "account",
    "admin",       "adminadmin", "administrator", "alexander",  "alexis",       "amanda",
    "amber",       "america",    "andrea",        "andrew",     "angel",        "angela",
    "animal",      "anthony",    "apiforge",      "apple",      "april",        "arsenal",
    "asdf",        "asdfasdf",   "asdfgh",        "asdfghjk",   "asdfghjkl",    "ashley",
    "asshole",     "august",     "austin",        "autumn",     "azerty",       "bailey",
    "banana",      "barcelona",  "baseball",      "basketball", "batman",       "bigdaddy",
    "biteme",      "blahblah",   "blink",         "bonjour",    "brandon",      "brasil",
    "buster",      "butterfly",  "butthead",      "calvin",     "camaro",       "cambiami",
    "carlos",      "changeit",   "changeme",      "charles",    "charlie",      "cheese",
    "chelsea",     "chester",    "chicago",       "chicken",    "chocolate",    "christian",
    "christopher", "cocacola",   "computer",      "consumer",   "contrasena",   "cookie",
    "corvette",    "cowboys",    "creative",      "crystal",    "dakota",       "dallas",
    "daniel",      "danielle",   "david",         "december",   "default",      "demo",
    "diamond",     "dolphin",    "dragon",        "eagles",     "elephant",     "elizabeth",
    "eminem",      "facebook",   "falcon",        "ferrari",    "fish",         "fishing",
    "flower",      "football",   "forever",       "freedom",    "friends",      "garfield",
    "gateway",     "george",     "giants",        "ginger",     "golden",       "golfer",
    "google",      "guest",      "guitar",        "hammer",     "hannah",       "harley",
    "heather",     "hello",      "hellohello",    "helpme",     "hockey",       "hunter",
    "iloveyou",    "internet",   "jackson",       "january",    "jasmine",      "jennifer",
    "jessica",     "jesus",      "johnson",       "jordan",     "joseph",       "joshua",
    "justin",      "kennwort",   "killer",        "ladybug",    "lakers",       "lauren",
    "letmein",     "liberty",    "linkedin",      "liverpool",  "login",        "london",
    "losen",       "love",       "lovely",        "loveme",     "madison",      "maggie",
    "magic",       "manchester", "marina",        "marlboro",   "martin",       "master",
    "matrix",      "matthew",    "maverick",      "melissa",    "mercedes",     "merlin",
    "michael",     "michelle",   "mickey",        "midnight",   "mima",         "money",
    "monkey",      "monster",    "morgan",        "motdepasse", "mustang",      "mypassword",
    "naruto",      "nathan",     "newyork",       "nicholas",   "nicole",       "november",
    "october",     "oliver",     "orange",        "pass",       "passord",      "passphrase",
    "passw",       "passwd",     "password",      "passwort",   "patrick",      "peanut",
    "pepper",      "phoenix",    "player",        "please",     "pokemon",      "porsche",
    "princess",    "private",    "purple",        "qazwsx",     "qazwsxedc",    "qweasd",
    "qweasdzxc",   "qweqwe",     "qwer",          "qwerasdf",   "qwert",        "qwerty",
    "qwertyui",    "qwertyuiop", "qwertz",        "rachel",     "rainbow",      "ranger",
    "raymond",     "redsox",     "richard",       "robert",     "root",         "samantha",
    "samsung",     "scooter",    "scorpion",      "secret",     "secretsecret", "security",
    "senha",       "september",  "server",        "shadow",     "shannon",      "silver",
    "slipknot",    "snoopy",     "soccer",        "sophie",     "spider",       "spring",
    "staging",     "startrek",   "starwars",      "steelers",   "steven",       "stupid",
    "summer",      "sunshine",   "superman",      "superstar",  "superuser",    "sysadmin",
    "system",      "taylor",     "temp",          "temporary",  "test",         "tester",
    "testing",     "testtest",   "thomas",        "thunder",    "tigers",       "tigger",
    "toor",        "trading",    "trustno",       "unknown",    "user",         "victoria",
    "wachtwoord",  "webmaster",  "welcome",       "whatever",   "william",      "willow",
    "winner",      "winston",    "winter",        "wizard",     "woaini",       "woaiwo",
    "xxxx",        "xxxxxx",     "yankees",       "yellow",     "zaq",          "zaqxsw",
    "zhang",       "zxcvbn",     "zxcvbnm",       "zzzzzz"};

// Rows of keys and of signs, along which fingers run.
constexpr std::array<std::string_view, 7> kRows{"abcdefghijklmnopqrstuvwxyz",
                                                "01234567890",
                                                "qwertyuiop",
                                                "qwertzuiop",
                                                "asdfghjkl",
                                                "zxcvbnm",
                                                "1qaz2wsx3edc4rfv5tgb6yhn7ujm"};

constexpr std::size_t kShortestRun = 3;

/// Letters that are often written as digits or signs.
constexpr char plain_letter(char c) {
  switch (c) {
    case '0':
      return 'o';
    case '1':
    case '!':
      return 'i';
    case '3':
      return 'e';
    case '4':
    case '@':
      return 'a';
    case '5':
    case '$':
      return 's';
    case '7':
      return 't';
    default:
      return c;
  }
}

constexpr bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}

bool is_word(std::string_view text) {
  return std::ranges::binary_search(kWords, text);
}

/// How long the run along a row is, in either direction, with which `text` begins.
std::size_t run_length(std::string_view text) {
  std::size_t longest = 1;
  for (const std::string_view row : kRows) {
    for (const int step : {1, -1}) {
      auto at = static_cast<std::ptrdiff_t>(row.find(text[0]));
      if (at < 0) continue;
      std::size_t length = 1;
      while (length < text.size()) {
        at += step;
        if (at < 0 || at >= static_cast<std::ptrdiff_t>(row.size())) break;
        if (row[static_cast<std::size_t>(at)] != text[length]) break;
        ++length;
      }
      longest = std::max(longest, length);
    }
  }
  return longest;
}

/// Only runs along rows, such as `abcdef123456` or `qwer4321`.
bool is_made_of_runs(std::string_view text) {
  while (!text.empty()) {
    const std::size_t run = run_length(text);
    if (run < kShortestRun) return false;
    text.remove_prefix(run);
  }
  return true;
}

/// A piece of up to four characters, again and again.
bool is_repetition(std::string_view text) {
  for (std::size_t period = 1; period <= 4 && 2 * period <= text.size(); ++period) {
    if (text.substr(period) == text.substr(0, text.size() - period)) return true;
  }
  return false;
}

/// Eight digits that can be read as a date, the commonest of passwords made of digits.
bool is_date(std::string_view text) {
  if (text.size() != 8 || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) {
    return false;
  }
  const auto number = [&](std::size_t at, std::size_t length) {
    return parse_unsigned(text.substr(at, length)).value_or(0);
  };
  const auto is_day = [&](std::size_t at) {
    const auto first = number(at, 2), second = number(at + 2, 2);
    return first >= 1 && second >= 1 && std::min(first, second) <= 12 &&
           std::max(first, second) <= 31;
  };
  const auto is_year = [&](std::size_t at) {
    return number(at, 4) >= 1900 && number(at, 4) < 2100;
  };
  return (is_year(4) && is_day(0)) || (is_year(0) && is_day(4));
}

/// A word with what people add to satisfy rules: digits and signs before and behind.
bool is_dressed_word(std::string_view text) {
  const auto first = std::ranges::find_if(text, is_letter);
  std::string_view rest = text.substr(static_cast<std::size_t>(first - text.begin()));
  // Behind the word there may be up to six signs, each of which may stand for a letter too.
  for (std::size_t cut = 0; cut <= 6 && cut < rest.size(); ++cut) {
    if (cut > 0 && is_letter(rest[rest.size() - cut])) return false;
    std::string word(rest.substr(0, rest.size() - cut));
    if (is_word(word)) return true;
    std::ranges::transform(word, word.begin(), plain_letter);
    if (is_word(word)) return true;
  }
  return false;
}

}  // namespace

bool is_guessable_password(std::string_view password) {
  if (password.empty()) return false;
  const std::string text = lower_case(password);
  if (is_repetition(text) || is_made_of_runs(text) || is_date(text) || is_dressed_word(text)) {
    return true;
  }
  // The same with a letter in the place of the first sign: `p@ssw0rd` begins with a letter,
  // `@dmin1234` does not.
  std::string plain = text;
  plain[0] = plain_letter(plain[0]);
  return plain != text && is_dressed_word(plain);
}

}  // namespace apiforge::auth
