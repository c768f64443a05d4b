Console.WriteLine("restante");
