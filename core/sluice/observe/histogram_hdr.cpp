// The exchange format of HdrHistogram, version 2: a big-endian header and, in the order of its
// buckets, each count as a zigzag LEB128 number, where -n stands for n empty buckets in a row. Around
// it zlib, here with stored blocks only, and around that base64.
#include <bit>
#include <sluice/observe/histogram.hpp>

namespace sluice {

namespace {

constexpr std::uint32_t plain_cookie = 0x1c849313;       // V2, counts as LEB128 words
constexpr std::uint32_t compressed_cookie = 0x1c849314;
constexpr unsigned significant_digits = 2;
constexpr unsigned sub_bits = 7;                         // two digits take 128 buckets to a power of two
constexpr std::size_t header_bytes = 40;
constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Our buckets are unions of theirs. Each is written as the last of its parts, so that what a reader
// takes for the bucket's largest value is what it is here.
auto hdr_index(std::uint64_t value) -> std::size_t {
  if (value < 2u << sub_bits) return static_cast<std::size_t>(value);
  auto const shift = static_cast<unsigned>(std::bit_width(value)) - 1 - sub_bits;
  return static_cast<std::size_t>((std::uint64_t{shift} << sub_bits) + (value >> shift));
}

auto hdr_low(std::size_t index) -> std::int64_t {
  constexpr auto each = std::size_t{1} << sub_bits;
  if (index < 2 * each) return static_cast<std::int64_t>(index);
  auto const shift = index / each - 1;
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(index % each + each) << shift);
}

void put_big_endian(std::string& to, std::uint64_t value, unsigned bytes) {
  while (bytes-- > 0) to.push_back(static_cast<char>(value >> (8 * bytes) & 0xff));
}

// Seven bits to a byte, except that a ninth byte would carry eight: 64 bits fit into nine.
void put_zigzag(std::string& to, std::int64_t number) {
  auto value = static_cast<std::uint64_t>(number) << 1 ^ static_cast<std::uint64_t>(number >> 63);
  for (int byte = 0; byte < 8 && value > 0x7f; ++byte, value >>= 7)
    to.push_back(static_cast<char>((value & 0x7f) | 0x80));
  to.push_back(static_cast<char>(value));
}

auto adler32(std::string_view bytes) -> std::uint32_t {
  std::uint32_t a = 1;
  std::uint32_t b = 0;
  for (auto const byte : bytes) {
    a = (a + static_cast<unsigned char>(byte)) % 65521;
    b = (b + a) % 65521;
  }
  return b << 16 | a;
}

auto stored_zlib(std::string_view bytes) -> std::string {
  std::string stream = "\x78\x01";
  do {
    auto const part = bytes.substr(0, 0xffff);
    bytes.remove_prefix(part.size());
    auto const size = static_cast<unsigned>(part.size());
    stream.push_back(bytes.empty() ? '\x01' : '\x00');
    for (auto const word : {size, ~size})  // little-endian, unlike all the rest
      stream.push_back(static_cast<char>(word & 0xff)), stream.push_back(static_cast<char>(word >> 8 & 0xff));
    stream += part;
  } while (!bytes.empty());
  return stream;
}

auto base64(std::string_view bytes) -> std::string {
  std::string text;
  for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(3, bytes.size()))) {
    std::uint32_t group = 0;
    for (std::size_t at = 0; at < 3; ++at)
      group = group << 8 | (at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0u);
    for (std::size_t at = 0; at < 4; ++at)
      text.push_back(at <= bytes.size() ? alphabet[group >> (18 - 6 * at) & 0x3f] : '=');
  }
  return text;
}

/// Reads from the front; once it has run out, or met nonsense, it only ever answers 0.
class reader {
 public:
  explicit reader(std::string_view bytes) : left_(bytes) {}

  auto big_endian(unsigned bytes) -> std::uint64_t {
    std::uint64_t value = 0;
    for (auto const byte : take(bytes)) value = value << 8 | static_cast<unsigned char>(byte);
    return value;
  }
  auto little_endian16() -> unsigned {
    auto const swapped = static_cast<unsigned>(big_endian(2));
    return (swapped >> 8) | (swapped & 0xff) << 8;
  }
  auto zigzag() -> std::int64_t {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift <= 56; shift += 7) {
      auto const byte = big_endian(1);
      value |= (shift == 56 ? byte : byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) break;
    }
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }
  auto take(std::size_t bytes) -> std::string_view {
    if (bytes > left_.size()) failed_ = true, left_ = {}, bytes = 0;
    auto const part = left_.substr(0, bytes);
    left_.remove_prefix(bytes);
    return part;
  }
  void expect(bool condition) {
    if (!condition) failed_ = true, left_ = {};
  }
  [[nodiscard]] auto failed() const -> bool { return failed_; }
  [[nodiscard]] auto at_end() const -> bool { return left_.empty(); }

 private:
  std::string_view left_;
  bool failed_ = false;
};

auto from_base64(std::string_view text) -> result<std::string> {
  auto const nonsense = error{errc::invalid, "read a histogram: not base64"};
  if (text.size() % 4 != 0) return failure(nonsense);
  std::string bytes;
  while (!text.empty()) {
    auto const group = text.substr(0, 4);
    text.remove_prefix(4);
    auto const end = group.find('=');
    auto const digits = end == group.npos ? 4 : end;
    if (digits < 2 || (digits < 4 && (!text.empty() || group.substr(digits) != std::string_view("==").substr(digits - 2))))
      return failure(nonsense);
    std::uint32_t value = 0;
    for (std::size_t at = 0; at < 4; ++at) {
      auto const digit = at < digits ? alphabet.find(group[at]) : 0;
      if (digit == alphabet.npos) return failure(nonsense);
      value = value << 6 | static_cast<std::uint32_t>(digit);
    }
    for (std::size_t at = 0; at + 1 < digits; ++at)
      bytes.push_back(static_cast<char>(value >> (16 - 8 * at) & 0xff));
  }
  return bytes;
}

}  // namespace

auto histogram::encode_hdr() const -> std::string {
  std::string counts;
  std::size_t next = 0;
  for (auto const one : buckets()) {
    if (one.count == 0) continue;
    auto const index = hdr_index(static_cast<std::uint64_t>(one.high - 1));
    if (auto const empty = index - next; empty > 0)  // a single empty bucket is a plain 0
      put_zigzag(counts, empty == 1 ? 0 : -static_cast<std::int64_t>(empty));
    put_zigzag(counts, static_cast<std::int64_t>(one.count));
    next = index + 1;
  }
  std::string plain;
  put_big_endian(plain, plain_cookie, 4);
  put_big_endian(plain, counts.size(), 4);
  put_big_endian(plain, 0, 4);  // normalizing index offset
  put_big_endian(plain, significant_digits, 4);
  put_big_endian(plain, 1, 8);  // lowest discernible value
  put_big_endian(plain, static_cast<std::uint64_t>(highest), 8);
  put_big_endian(plain, std::bit_cast<std::uint64_t>(1.0), 8);  // integer to double ratio
  plain += counts;

  auto stream = stored_zlib(plain);
  put_big_endian(stream, adler32(plain), 4);
  std::string framed;
  put_big_endian(framed, compressed_cookie, 4);
  put_big_endian(framed, stream.size(), 4);
  return base64(framed + stream);
}

auto histogram::decode_hdr(std::string_view text) -> result<histogram> {
  auto const bytes = from_base64(text);
  if (!bytes) return failure(bytes.error());
  reader framed(*bytes);
  framed.expect(framed.big_endian(4) == compressed_cookie);
  framed.expect(framed.big_endian(4) == bytes->size() - 8);
  framed.expect(framed.big_endian(2) == 0x7801);
  std::string plain;
  for (bool last = false; !last && !framed.failed();) {
    auto const kind = framed.big_endian(1);
    framed.expect(kind <= 1);  // stored
    last = kind == 1;
    auto const size = framed.little_endian16();
    framed.expect((size ^ framed.little_endian16()) == 0xffff);
    plain += framed.take(size);
  }
  framed.expect(framed.big_endian(4) == adler32(plain));
  framed.expect(framed.at_end());
  if (framed.failed()) return failure({errc::invalid, "read a histogram: not in the format of this program"});

  reader counts(plain);
  counts.expect(counts.big_endian(4) == plain_cookie);
  counts.expect(counts.big_endian(4) == plain.size() - header_bytes);
  counts.expect(counts.big_endian(4) == 0);
  counts.expect(counts.big_endian(4) == significant_digits);
  counts.expect(counts.big_endian(8) == 1);
  counts.expect(counts.big_endian(8) == static_cast<std::uint64_t>(highest));
  counts.expect(counts.big_endian(8) == std::bit_cast<std::uint64_t>(1.0));
  histogram read;
  for (std::uint64_t index = 0; !counts.at_end();) {
    auto const number = counts.zigzag();
    if (number > 0) {
      counts.expect(index <= hdr_index(static_cast<std::uint64_t>(highest)));
      if (counts.failed()) break;
      read.record(hdr_low(static_cast<std::size_t>(index) + 1) - 1, static_cast<std::uint64_t>(number));
    }
    index += number < 0 ? 0 - static_cast<std::uint64_t>(number) : 1;
    counts.expect(index <= bucket_count * 8);
  }
  if (counts.failed()) return failure({errc::invalid, "read a histogram: its counts make no sense"});
  return read;
}

}  // namespace sluice
