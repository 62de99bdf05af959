# Reads the XML a GoogleTest executable writes and prints "count PASSED FAILED SKIPPED", then a line
# "failed NAME" for each failed test and "reason TEXT" for each reason given for skipping.

function attribute(name,    start, rest)
{
    start = index($0, " " name "=\"")
    if (!start)
        return ""
    rest = substr($0, start + length(name) + 3)
    return substr(rest, 1, index(rest, "\"") - 1)
}

function plain(text)
{
    gsub(/&#x0A;|&#10;/, " ", text)
    gsub(/&lt;/, "<", text)
    gsub(/&gt;/, ">", text)
    gsub(/&quot;/, "\"", text)
    gsub(/&apos;/, "'", text)
    gsub(/&amp;/, "\\&", text)
    return text
}

/<testcase / {
    name = attribute("classname") "." attribute("name")
    result = attribute("result")
    if (result == "completed")
        passed++
    else
        skipped++
}
/<failure / && name != last_failed {
    last_failed = name
    failures[++failed] = plain(name)
    if (result == "completed")
        passed--
    else
        skipped--
}
/<skipped / {
    text = attribute("message")
    sub(/^[^&]*&#x0A;/, "", text) # file and line
    text = plain(text)
    if (text != "")
        reasons[text]++
}
/<\/testsuites>/ { complete = 1 }

END {
    if (!complete)
        exit 1
    print "count", passed + 0, failed + 0, skipped + 0
    for (i = 1; i <= failed; i++)
        print "failed", failures[i]
    for (text in reasons)
        print "reason", text
}
