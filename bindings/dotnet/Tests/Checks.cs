using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using Crm;

/// <summary>What the package promises beyond crm.h. Compiled with its sources; prints one line per check.</summary>
public static class Checks
{
    private static int failures;

    public static int Main(string[] args)
    {
        Check("a line of a script is a call", () => Script(args[0]));
        Check("layouts are the library's", Layouts);
        Check("a record comes back as it was written", Records);
        Check("a refusal has paths, limits and allowed values", Violations);
        Check("edits conflict by field", Edits);
        Check("a double Dispose is harmless", DoubleDispose);
        Check("use after Dispose throws", UseAfterDispose);
        Check("a session outlives its engine", SessionOutlivesEngine);
        Check("cancellation stops a call", Cancellation);
        Check("an exception of a callback comes back", CallbackThrows);
        Check("time and entropy decide the bytes", Determinism);
        Check("Dispose may race with calls", DisposeRace);
        Check("JSON keeps what it reads", JsonRoundTrip);
        Check("what nobody disposes is finalized", Finalizers);
        return failures;
    }

    private static void Check(string name, Action check)
    {
        try
        {
            check();
            Console.WriteLine("ok " + name);
        }
        catch (Exception e)
        {
            failures++;
            Console.WriteLine("FAILED " + name + ": " + e);
        }
    }

    private static void Equal(object expected, object found, string what = "")
    {
        if (!Equals(expected, found)) throw new Exception(what + ": expected " + expected + ", found " + found);
    }

    private static T Throws<T>(Action action) where T : Exception
    {
        try
        {
            action();
        }
        catch (T expected)
        {
            return expected;
        }
        throw new Exception("expected " + typeof(T));
    }

    private static CrmSession Session()
    {
        using (CrmEngine engine = CrmEngine.Open("memory:")) return engine.OpenSession();
    }

    private static void Layouts()
    {
        Json.Object structs = ((Json.Object)Json.Read(CrmEngine.Describe())).Nested("abi").Nested("structs");
        Dictionary<string, Type> types = new Dictionary<string, Type>
        {
            { "crm_str", typeof(Native.Str) },
            { "crm_buf", typeof(Native.Buf) },
            { "crm_options", typeof(Native.Options) },
            { "crm_call_opts", typeof(Native.CallOpts) },
        };
        Equal(structs.Count, types.Count, "structs");
        int fields = 0;
        foreach (KeyValuePair<string, Type> pair in types)
        {
            Json.Object layout = structs.Nested(pair.Key);
            Equal(layout.Whole("size"), (long)Marshal.SizeOf(pair.Value), pair.Key);
            Json.Object offsets = layout.Nested("fields");
            Equal(offsets.Count, pair.Value.GetFields().Length, pair.Key + " fields");
            foreach (System.Reflection.FieldInfo field in pair.Value.GetFields())
            {
                string name = "";
                foreach (char c in field.Name) name += char.IsUpper(c) ? "_" + char.ToLowerInvariant(c) : c.ToString();
                name = field.Name == "Owner" ? "_owner" : name.Substring(1);
                Equal(offsets.Whole(name), (long)Marshal.OffsetOf(pair.Value, field.Name), pair.Key + "." + name);
                if (!offsets.ContainsKey(name)) throw new Exception("no field " + name);
                fields++;
            }
        }
        Equal(20, fields, "fields");
    }

    private static void Records()
    {
        using (CrmSession session = Session())
        {
            NewCustomer wish = new NewCustomer
            {
                Id = Guid.Parse("01890000-0000-7000-8000-000000000001"),
                CustomerType = "personal",
                Name = "李雷 \"Ray\" \\ 😀",
                Region = "华东",
                Birthday = new DateTime(1990, 2, 28),
                Note = "line\n\ttwo",
                Website = "https://example.com/",
            };
            Created created = session.Customers.Create(wish);
            Equal(wish.Id, (Guid?)created.Id);
            Customer seen = session.Customers.Get(created.Id);
            Equal(1L, seen.Version);
            Equal(wish.Name, seen.Name);
            Equal(wish.Region, seen.Region);
            Equal(wish.Birthday, seen.Birthday);
            Equal(wish.Note, seen.Note);
            Equal(wish.Website, seen.Website);
            Equal("active", seen.Status);
            Equal(DateTimeKind.Utc, seen.CreatedAt.Kind);
            Equal("archived", session.Customers.Archive(created.Id).Status);
        }
    }

    private static void Violations()
    {
        using (CrmSession session = Session())
        {
            CrmException refused = Throws<CrmException>(() => session.Customers.Create(
                new NewCustomer { Name = " ", CustomerType = "robot" }));
            Equal("CRM_E_REFUSED", refused.Name);
            Equal(2000, refused.Status);
            Equal(2, refused.Violations.Count);
            Equal("customer_type", refused.Violations[0].Path);
            Equal("robot", refused.Violations[0].Value);
            Equal("personal", refused.Violations[0].Allowed[1]);
            Equal("name", refused.Violations[1].Path);
            if (refused.Violations[1].Limit == null) throw new Exception("no limit");
            Equal(refused.Code, refused.Violations[0].Code);
            Equal("CRM_E_NOT_FOUND", Throws<CrmException>(() => session.Customers.Get(Guid.NewGuid())).Name);
            Equal("CRM_E_OPERATION", Throws<CrmException>(() => session.Call("no.such")).Name);
            Equal("CRM_E_ARGUMENT", Throws<CrmException>(() => CrmEngine.Open("ftp:x")).Name);
        }
    }

    private static void Edits()
    {
        using (CrmSession session = Session())
        {
            Guid id = session.Customers.Create(new NewCustomer { Name = "A" }).Id;
            Dictionary<string, CrmEdit> set = new Dictionary<string, CrmEdit> { { "name", new CrmEdit("A", "B") } };
            Equal("B", session.Customers.Amend(id, set).Name);
            set["name"] = new CrmEdit("A", "C");
            CrmException conflict = Throws<CrmException>(() => session.Customers.Amend(id, set));
            Equal("CRM_E_CONFLICT", conflict.Name);
            Equal("set.name", conflict.Violations[0].Path);
        }
    }

    private static void DoubleDispose()
    {
        CrmEngine engine = CrmEngine.Open("memory:");
        CrmSession session = engine.OpenSession();
        for (int i = 0; i < 3; i++)
        {
            engine.Dispose();
            session.Dispose();
        }
    }

    private static void UseAfterDispose()
    {
        CrmEngine engine = CrmEngine.Open("memory:");
        CrmSession session = engine.OpenSession();
        session.Dispose();
        engine.Dispose();
        Throws<ObjectDisposedException>(() => session.Call("customer.get"));
        Throws<ObjectDisposedException>(() => engine.OpenSession());
    }

    private static void SessionOutlivesEngine()
    {
        using (CrmSession session = Session())
            Equal(1L, session.Customers.Create(new NewCustomer { Name = "A" }).Version);
    }

    private static void Cancellation()
    {
        using (CrmSession session = Session())
        using (CancellationTokenSource source = new CancellationTokenSource())
        {
            CrmCallOptions options = new CrmCallOptions
            {
                Cancellation = source.Token,
                Progress = step => { source.Cancel(); return true; },
            };
            NewCustomer wish = new NewCustomer { Id = Guid.NewGuid(), Name = "A" };
            Throws<OperationCanceledException>(() => session.Customers.Create(wish, options));
            Throws<OperationCanceledException>(() => session.Customers.Create(wish, options));
            Equal("CRM_E_NOT_FOUND", Throws<CrmException>(() => session.Customers.Get(wish.Id.Value)).Name);
        }
    }

    private static void CallbackThrows()
    {
        using (CrmSession session = Session())
        {
            CrmCallOptions options = new CrmCallOptions
            {
                Progress = step =>
                {
                    GC.Collect();
                    throw new InvalidDataException("mine");
                },
            };
            Equal("mine", Throws<InvalidDataException>(() => session.Call("customer.create", "{}", options)).Message);
            options.Progress = step => throw Throws<CrmException>(() => session.Call("customer.create"));
            Equal("CRM_E_REENTRANT", Throws<CrmException>(() => session.Call("customer.create", "{}", options)).Name);
            Equal(1L, session.Customers.Create(new NewCustomer { Name = "A" }).Version);
        }
    }

    private static void Determinism()
    {
        CrmCallOptions options = new CrmCallOptions
        {
            Now = new DateTime(2026, 1, 5, 8, 0, 0, DateTimeKind.Utc),
            Entropy = System.Text.Encoding.ASCII.GetBytes("32 bytes that decide all the ids"),
        };
        Guid first, second;
        using (CrmSession session = Session())
        {
            first = session.Customers.Create(new NewCustomer { Name = "A" }, options).Id;
            Equal(options.Now, (DateTime?)session.Customers.Get(first).CreatedAt);
            if (!session.Plan("customer.create", "{\"name\":\"B\"}").Contains("\"put\":\"customer\""))
                throw new Exception("no plan");
            Equal("CRM_E_ARGUMENT", Throws<CrmException>(() => session.PlanSql("customer.create", "{\"name\":\"B\"}")).Name);
        }
        using (CrmSession session = Session())
            second = session.CallAsync("customer.create", "{\"name\":\"A\"}", options)
                .ContinueWith(task => new Created(task.Result).Id).Result;
        Equal(first, second);
        options.Entropy = new byte[31];
        using (CrmSession session = Session())
            Equal("CRM_E_ARGUMENT", Throws<CrmException>(() => session.Call("customer.create", "{}", options)).Name);
    }

    private static void DisposeRace()
    {
        int done = 0;
        for (int round = 0; round < 50; round++)
        {
            CrmSession session = Session();
            Thread[] threads = new Thread[4];
            Exception unexpected = null;
            for (int i = 0; i < threads.Length; i++)
            {
                threads[i] = new Thread(() =>
                {
                    try
                    {
                        while (true)
                        {
                            try
                            {
                                session.Call("customer.create", "{\"name\":\"A\"}");
                                Interlocked.Increment(ref done);
                            }
                            catch (CrmException busy)
                            {
                                if (busy.Name != "CRM_E_BUSY") throw;
                            }
                        }
                    }
                    catch (ObjectDisposedException) { }
                    catch (Exception e) { unexpected = e; }
                });
                threads[i].Start();
            }
            Thread.Sleep(1);
            session.Dispose();
            session.Dispose();
            foreach (Thread thread in threads) thread.Join();
            if (unexpected != null) throw new Exception("race", unexpected);
        }
        if (done == 0) throw new Exception("no call came through");
    }

    /// <summary>The script, by way of typed sessions and options: each answer is that of crm_run_line.</summary>
    private static void Script(string path)
    {
        DateTime start = new DateTime(2026, 1, 5, 8, 0, 0, DateTimeKind.Utc);
        byte[] seed = new byte[32];
        seed[7] = 1;
        int calls = 0;
        using (CrmEngine lines = CrmEngine.Open("memory:"))
        using (CrmEngine sessions = CrmEngine.Open("memory:"))
        {
            ulong number = 0;
            foreach (string line in File.ReadLines(path))
            {
                string answer = lines.RunLine("{\"now\":\"2026-01-05T08:00:00Z\",\"seed\":1}", ++number, line);
                if (answer == "" || answer.Contains("\"code\":\"request.form\"")) continue;
                Json.Object read = (Json.Object)Json.Read(line);
                CrmCallOptions options = new CrmCallOptions
                {
                    Key = read.Text("key"),
                    Now = read.Text("now") == null ? start : DateTime.Parse(read.Text("now")),
                    Entropy = read.Text("entropy") == null ? Step(seed, number) : Hex(read.Text("entropy")),
                };
                ulong tenant = ulong.Parse(read.Text("tenant") ?? "1");
                string request = read.ContainsKey("request") ? Json.Write(read["request"]) : null;
                string found;
                using (CrmSession session = sessions.OpenSession(read.Text("actor"), read.Text("purpose"), tenant))
                {
                    try
                    {
                        found = "{\"ok\":" + session.Call(read.Text("op"), request, options) + "}";
                    }
                    catch (CrmException e)
                    {
                        found = "{\"error\":" + e.Problem + "}";
                    }
                }
                Equal(answer, found, "line " + number);
                calls++;
            }
        }
        if (calls < 40) throw new Exception("only " + calls + " calls");
    }

    /// <summary>The entropy of a line: HMAC-SHA-256 under the seed.</summary>
    private static byte[] Step(byte[] seed, ulong number)
    {
        byte[] message = new byte[12];
        System.Text.Encoding.ASCII.GetBytes("step").CopyTo(message, 0);
        for (int i = 0; i < 8; i++) message[11 - i] = (byte)(number >> (8 * i));
        using (System.Security.Cryptography.HMACSHA256 mac = new System.Security.Cryptography.HMACSHA256(seed))
            return mac.ComputeHash(message);
    }

    private static byte[] Hex(string text)
    {
        byte[] bytes = new byte[text.Length / 2];
        for (int i = 0; i < bytes.Length; i++) bytes[i] = Convert.ToByte(text.Substring(2 * i, 2), 16);
        return bytes;
    }

    private static void JsonRoundTrip()
    {
        string text = "{\"a\":[1,-2.50e+3,true,false,null,\"\\u0001é\\\"\\\\\"],\"b\":{},\"c\":[]}";
        Equal(text, Json.Write(Json.Read(" " + text.Replace(",", " , ") + "\n")));
        Equal("\b\f\n\r\t/", (string)Json.Read("\"\\b\\f\\n\\r\\t\\/\""));
        foreach (string wrong in new[] { "{", "[1", "\"", "\"\\x\"", "\"\\u12", "tru", "{1:2}", "[1 2]", "1 2", "[,]" })
            Throws<FormatException>(() => Json.Read(wrong));
        Throws<FormatException>(() => Json.Read(new string('[', 1000)));
    }

    private static void Finalizers()
    {
        Thread leaky = new Thread(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                CrmEngine engine = CrmEngine.Open("memory:", line => { });
                engine.OpenSession();
            }
        });
        leaky.Start();
        leaky.Join();
        for (int i = 0; i < 50 && CrmEngine.LiveObjects > 0; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Thread.Sleep(1);
        }
        // A conservative collector may keep the last few alive.
        if (CrmEngine.LiveObjects > 10) throw new Exception(CrmEngine.LiveObjects + " objects are left");
    }
}
