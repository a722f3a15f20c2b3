using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Crm
{
    /// <summary>As much JSON as the records need: netstandard2.0 has none, and this package has no dependencies.</summary>
    internal static class Json
    {
        private const int DepthMax = 128;

        /// <summary>An object; a value is null, bool, string, List, Object, or the text of a number.</summary>
        public sealed class Object : Dictionary<string, object>
        {
            /// <summary>A text or the digits of a number; null where there is none.</summary>
            public string Text(string name)
            {
                if (!TryGetValue(name, out object value)) return null;
                return value as string ?? (value as Number)?.Digits;
            }

            public bool Flag(string name) => TryGetValue(name, out object value) && value is bool flag && flag;

            public long Whole(string name) => long.Parse(Text(name) ?? "0", CultureInfo.InvariantCulture);

            public Object Nested(string name) => TryGetValue(name, out object value) ? value as Object : null;

            public List<object> List(string name)
                => (TryGetValue(name, out object value) ? value as List<object> : null) ?? new List<object>();

            public List<string> Texts(string name)
            {
                List<string> texts = new List<string>();
                foreach (object item in List(name)) if (item is string text) texts.Add(text);
                return texts;
            }

            /// <summary>Adds a text unless it is null; for requests.</summary>
            public Object Set(string name, string value)
            {
                if (value != null) this[name] = value;
                return this;
            }
        }

        /// <summary>A number as it was written: nothing is lost in a double.</summary>
        public sealed class Number
        {
            public Number(string digits) { Digits = digits; }
            public string Digits { get; }
        }

        /// <summary>The value of a text; null where it is empty.</summary>
        public static object Read(string text)
        {
            if (text.Length == 0) return null;
            Reader reader = new Reader(text);
            object value = reader.Value(0);
            reader.End();
            return value;
        }

        public static string Write(object value)
        {
            StringBuilder json = new StringBuilder();
            Write(json, value);
            return json.ToString();
        }

        private static void Write(StringBuilder json, object value)
        {
            if (value == null) json.Append("null");
            else if (value is bool flag) json.Append(flag ? "true" : "false");
            else if (value is Number number) json.Append(number.Digits);
            else if (value is string text) WriteText(json, text);
            else if (value is Object members)
            {
                string comma = "{";
                foreach (KeyValuePair<string, object> member in members)
                {
                    json.Append(comma);
                    WriteText(json, member.Key);
                    json.Append(':');
                    Write(json, member.Value);
                    comma = ",";
                }
                json.Append(members.Count == 0 ? "{}" : "}");
            }
            else if (value is List<object> items)
            {
                string comma = "[";
                foreach (object item in items)
                {
                    json.Append(comma);
                    Write(json, item);
                    comma = ",";
                }
                json.Append(items.Count == 0 ? "[]" : "]");
            }
            else throw new ArgumentException("no JSON: " + value.GetType());
        }

        private static void WriteText(StringBuilder json, string text)
        {
            json.Append('"');
            foreach (char c in text)
            {
                if (c == '"' || c == '\\') json.Append('\\').Append(c);
                else if (c < ' ') json.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
                else json.Append(c);
            }
            json.Append('"');
        }

        private sealed class Reader
        {
            private readonly string text;
            private int at;

            public Reader(string text) { this.text = text; }

            public object Value(int depth)
            {
                if (depth > DepthMax) throw Wrong();
                switch (Peek())
                {
                    case '{': return Members(depth + 1);
                    case '[': return Items(depth + 1);
                    case '"': return String();
                    case 't': return Word("true", true);
                    case 'f': return Word("false", false);
                    case 'n': return Word("null", null);
                    default: return Digits();
                }
            }

            public void End()
            {
                while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
                if (at != text.Length) throw Wrong();
            }

            private Object Members(int depth)
            {
                Object members = new Object();
                Expect('{');
                if (Peek() == '}') { at++; return members; }
                while (true)
                {
                    Peek();
                    string name = String();
                    Peek();
                    Expect(':');
                    members[name] = Value(depth);
                    if (Peek() == '}') { at++; return members; }
                    Expect(',');
                }
            }

            private List<object> Items(int depth)
            {
                List<object> items = new List<object>();
                Expect('[');
                if (Peek() == ']') { at++; return items; }
                while (true)
                {
                    items.Add(Value(depth));
                    if (Peek() == ']') { at++; return items; }
                    Expect(',');
                }
            }

            private string String()
            {
                StringBuilder read = new StringBuilder();
                Expect('"');
                while (true)
                {
                    char c = Next();
                    if (c == '"') return read.ToString();
                    if (c != '\\') { read.Append(c); continue; }
                    c = Next();
                    if (c == 'u')
                    {
                        if (at + 4 > text.Length) throw Wrong();
                        read.Append((char)ushort.Parse(
                            text.Substring(at, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                        at += 4;
                        continue;
                    }
                    int known = "\"\\/bfnrt".IndexOf(c);
                    if (known < 0) throw Wrong();
                    read.Append("\"\\/\b\f\n\r\t"[known]);
                }
            }

            private Number Digits()
            {
                int from = at;
                while (at < text.Length && "+-.0123456789eE".IndexOf(text[at]) >= 0) at++;
                if (at == from) throw Wrong();
                return new Number(text.Substring(from, at - from));
            }

            private object Word(string word, object value)
            {
                if (string.CompareOrdinal(text, at, word, 0, word.Length) != 0) throw Wrong();
                at += word.Length;
                return value;
            }

            /// <summary>The next character behind white space.</summary>
            private char Peek()
            {
                while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
                if (at == text.Length) throw Wrong();
                return text[at];
            }

            private char Next()
            {
                if (at == text.Length) throw Wrong();
                return text[at++];
            }

            private void Expect(char c)
            {
                if (Next() != c) throw Wrong();
            }

            private FormatException Wrong() => new FormatException("no JSON at character " + at);
        }
    }
}
