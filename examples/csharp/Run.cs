// Replays a script, as `crm run` does: Run.exe SCRIPT.jsonl [URI], one answer per line; in memory where no URI is given.
using System;
using System.IO;
using System.Text;
using Crm;

public static class Run
{
    public static int Main(string[] args)
    {
        if (args.Length != 1 && args.Length != 2)
        {
            Console.Error.WriteLine("usage: Run.exe SCRIPT.jsonl [URI]");
            return 2;
        }
        using (CrmEngine engine = CrmEngine.Open(args.Length == 2 ? args[1] : "memory:"))
        using (StreamWriter output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false)))
        {
            ulong number = 0;
            foreach (string line in File.ReadLines(args[0], Encoding.UTF8))
            {
                string answer = engine.RunLine("{\"now\":\"2026-01-05T08:00:00Z\",\"seed\":1}", ++number, line);
                if (answer.Length > 0) output.Write(answer + "\n");
            }
        }
        return 0;
    }
}
