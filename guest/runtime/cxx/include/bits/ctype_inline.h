// Members of std::ctype<char> that its header leaves to the system (c++locale.h).
namespace std {

bool ctype<char>::is(mask wanted, char character) const
{
    return _M_table[static_cast<unsigned char>(character)] & wanted;
}

const char* ctype<char>::is(const char* low, const char* high, mask* result) const
{
    while (low < high)
        *result++ = _M_table[static_cast<unsigned char>(*low++)];
    return high;
}

const char* ctype<char>::scan_is(mask wanted, const char* low, const char* high) const
{
    while (low < high && !is(wanted, *low))
        ++low;
    return low;
}

const char* ctype<char>::scan_not(mask wanted, const char* low, const char* high) const
{
    while (low < high && is(wanted, *low))
        ++low;
    return low;
}

} // namespace std
