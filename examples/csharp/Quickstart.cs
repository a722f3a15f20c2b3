// Opens an engine, makes a customer, reads it, shows an error with its field, closes.
using System;
using Crm;

public static class Quickstart
{
    public static void Main()
    {
        using (CrmEngine engine = CrmEngine.Open("memory:"))
        using (CrmSession session = engine.OpenSession("owner", "sales"))
        {
            Created ada = session.Customers.Create(new NewCustomer { Name = "Ada Ltd", Region = "北区" });
            Console.WriteLine("created, version " + ada.Version);

            Customer seen = session.Customers.Get(ada.Id);
            Console.WriteLine(seen.Name + ", " + seen.Region + ", " + seen.Status);

            try
            {
                session.Customers.Create(new NewCustomer { Name = "" });
            }
            catch (CrmException refused)
            {
                Console.WriteLine(refused.Name + " " + refused.Violations[0]);
            }
        }
        Console.WriteLine("left over: " + CrmEngine.LiveObjects);
    }
}
